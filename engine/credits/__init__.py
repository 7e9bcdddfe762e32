"""What people can pay with and what they are entitled to: a double-entry ledger, and plans."""
