"""Published results about margin balances, and whether a user's own data agree with them."""
