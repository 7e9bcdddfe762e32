"""REST: one table of routes, and what stands between the socket and a handler."""
