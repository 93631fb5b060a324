"""The transparency log in the C2SP format. Knows bytes, nothing of bylines; no Django."""
