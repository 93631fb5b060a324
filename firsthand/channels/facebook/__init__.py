"""A Facebook Page: its comments and its messages (docs/channels/facebook.md)."""
