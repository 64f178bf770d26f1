"""Bases of trading ideas: rules, forms, strategies, their parameters, and where they are found by name."""
