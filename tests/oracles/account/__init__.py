"""An independent credit account: plain Python and exact fractions, written from the ledger's text alone."""
