"""Many runs over one panel: planned, carried out by workers, stored one by one, ranked and judged."""
