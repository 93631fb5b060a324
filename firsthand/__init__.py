"""Firsthand: the office of a person whom many people write to, with the curtain open."""
