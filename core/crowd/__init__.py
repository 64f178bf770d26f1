"""A market of many credit accounts: clients with simple habits on the ledger, whose contracts are the balances.

It is above `run`, since its accounts are opened, traded, called and sold out by what a run of one account does.
"""
