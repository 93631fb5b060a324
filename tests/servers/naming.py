"""The command line in a world where some names are served by this machine: for names without a port.

Usage: naming.py '{"home.example": 4711}' WORD…. Only what the system's resolver and the network would do is
replaced: each name gets a public address, so that guards against private ones have their say, and a
connection to that address leads to the port. Everything else is the real command.
"""

from __future__ import annotations

import json
import socket
import sys
from typing import Any


def lay_out(places: dict[str, int]) -> None:
    """From now on, these names lead to these ports of the loopback."""
    addresses = {name: f"9.9.9.{number}" for number, name in enumerate(places, 10)}
    ports = {addresses[name]: port for name, port in places.items()}
    ask, connect = socket.getaddrinfo, socket.create_connection

    def asked(host: Any, *more: Any, **named: Any) -> Any:
        return ask(addresses.get(str(host), host), *more, **named)

    def connected(place: Any, *more: Any, **named: Any) -> socket.socket:
        host, port = place
        if host in ports:
            assert port == 80, f"{host} is served at port 80 only"
            place = ("127.0.0.1", ports[host])
        return connect(place, *more, **named)

    socket.getaddrinfo = asked
    socket.create_connection = connected  # type: ignore[assignment]


if __name__ == "__main__":
    lay_out(json.loads(sys.argv[1]))
    from firsthand.cli import main

    sys.argv = ["firsthand", *sys.argv[2:]]
    main()
