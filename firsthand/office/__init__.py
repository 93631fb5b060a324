"""The office: rows, and the acts upon them. Stages meet in rows and never call each other."""
