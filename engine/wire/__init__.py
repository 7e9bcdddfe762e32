"""The wire: frames, codecs and close codes of protocol v1."""
