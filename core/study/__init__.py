"""How well a score foretells: information coefficient, quantiles, states, groups."""
