"""Feeds of others, to read: RSS, Atom and JSON Feed (docs/channels/feed.md)."""
