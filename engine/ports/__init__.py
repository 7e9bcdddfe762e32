"""Ports: what the engine needs from the world, as small async Protocols."""
