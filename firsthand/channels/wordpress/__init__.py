"""A WordPress blog: its comments in, answers and posts out, by the REST API (docs/channels/wordpress.md)."""
