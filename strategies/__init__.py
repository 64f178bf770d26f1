"""Trading ideas: strategies that turn balances into orders of a credit account."""
