"""One backtest: from a configuration to a result."""
