"""What operators see: structured logs and numbers, without personal data."""
