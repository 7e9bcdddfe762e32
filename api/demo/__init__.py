"""The demo of `make run`: honest bots, so that one person alone can see the whole way."""
