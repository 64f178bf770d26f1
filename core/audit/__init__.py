"""What data say about themselves: coverage, identities, units."""
