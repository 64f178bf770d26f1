"""Markets as code: prices, margin balances and securities that begin, end and pause."""
