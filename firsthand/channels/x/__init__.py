"""X, through its official API v2 (docs/channels/x.md)."""
