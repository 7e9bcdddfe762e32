"""The rules of Glimpse: pure decisions without clock, chance, sockets, event loop or logging."""
