"""liangrong: backtests of A-share margin trading (融资融券) in a credit account (信用账户)."""


def __getattr__(name: str) -> str:
    """Return `__version__`, read from the installed distribution when it is asked for."""
    if name == "__version__":
        from importlib.metadata import version

        return version("liangrong")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
