"""An independent credit account: plain Python, exact fractions, written from the ledger's text, not from the engines."""
