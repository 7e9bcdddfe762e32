"""Money: what is for sale, and what an order is worth after all that a provider has said of it."""
