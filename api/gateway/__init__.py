"""The WebSocket gateway: sockets in, sessions out; it knows frames and bytes, never a rule."""
