"""Edges: REST, the WebSocket gateway, settings and the command line."""
