"""A broker's statement: its order list, the replay of it, and where the ledger differs."""
