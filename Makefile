# Firsthand: `make demo` shows it, `make test` proves it, `make` alone lists the targets.
PYTHON := .venv/bin/python
PYTEST := $(PYTHON) -m pytest -n auto

.PHONY: help setup servers demo run test check style types borders migrations unit lock clean

help:           ## this list
	@sed -n 's/^\([a-z]*\):.*## /  make \1\t/p' Makefile

setup: .venv/.dev  ## the virtual environment with everything a developer needs

servers:        ## the real servers for the tests, into .servers; needs no root
	@scripts/servers

demo: .venv/.run  ## a sample office in the browser
	.venv/bin/firsthand demo

run: .venv/.run  ## your own office
	.venv/bin/firsthand up

test:           ## everything: checks, unit tests, real servers, real browser
	@scripts/test

check: style types borders migrations  ## style, types, import order, migrations

style: setup
	$(PYTHON) -m ruff check
	$(PYTHON) -m ruff format --check

types: setup
	$(PYTHON) -m mypy

borders: setup
	.venv/bin/lint-imports

migrations: setup
	$(PYTHON) -m django makemigrations --check --dry-run --settings firsthand.project.settings

unit: setup     ## the quick tests: no database, no servers
	$(PYTEST) tests/core tests/tlog tests/channels tests/verifier -m "not servers and not browser"

lock:           ## pins the newest versions that pyproject.toml allows
	@scripts/lock

clean:          ## removes all that can be made again
	rm -rf .venv .servers .cache .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -prune -exec rm -rf {} +

.venv/.run: requirements.txt pyproject.toml scripts/venv
	@scripts/venv requirements.txt
	@touch $@

.venv/.dev: .venv/.run requirements-dev.txt
	@scripts/venv requirements-dev.txt
	@touch $@
