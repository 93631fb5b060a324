"""The pages. A view parses, calls one act, renders."""
