"""The door for AI agents: the acts as tools of the Model Context Protocol, at /mcp."""
