# Sourced by venv and lock: finds the Python to use, one that can make virtual environments.

usable() {
  "$1" -c 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))' 2>/dev/null
}

# The system's own comes first: it gets the security updates, and distributions build it optimized
# (an import took a sixth longer on one that was built without).
find_python() {
  local name
  for name in /usr/bin/python3 python3 python3.14 python3.13 python3.12 python3.11; do
    if usable "$name"; then
      command -v "$name"
      return
    fi
  done
  return 1
}

# On Debian venv is a package of its own; root gets it, anybody else is told.
python_for_venv() {
  find_python && return
  if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    echo "Installing python3-venv" >&2
    apt-get -qq update >/dev/null 2>&1
    DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends python3-venv >/dev/null 2>&1
    find_python && return
  fi
  echo "Firsthand needs Python 3.11 or newer with its venv module, and found none. Install it (Debian 12, as root: apt-get install python3-venv), then run this again." >&2
  return 1
}
