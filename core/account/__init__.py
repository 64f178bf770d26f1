"""The credit account (信用账户): ledger, orders, costs, calls, forced sales, and the session of a whole run."""
