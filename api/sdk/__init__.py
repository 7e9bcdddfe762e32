"""Writes the calls and the answers of api/client/ from the OpenAPI document."""
