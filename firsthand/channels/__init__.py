"""What speaks the world's protocols. One file or folder per protocol; no Django, no database."""
