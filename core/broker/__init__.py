"""The credit account inside backtrader: feed, broker and analyzers."""
