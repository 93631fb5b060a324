"""The API for programs, below /api/v1/. An operation parses, calls one act, and answers."""
