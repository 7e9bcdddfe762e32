"""Doubles of what costs money, for dev and tests: they behave as the providers' documents say."""
