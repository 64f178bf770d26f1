"""Who trades after what: flows of margin buyers and short sellers on the returns before them."""
