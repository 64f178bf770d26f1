"""liangrong: backtests of A-share margin trading (融资融券) in a credit account (信用账户)."""

from importlib.metadata import version

__version__ = version("liangrong")
