"""What akshare's errors mean: it reads web pages of the exchanges and raises what the reading raises."""

import re

from .pace import Trouble

_NOTHING = re.compile(r"Expected axis has 0 elements")
_NETWORK = ("ConnectionError", "Timeout", "ProxyError", "SSLError", "ChunkedEncodingError", "HTTPError")


def is_nothing(error: ValueError) -> bool:
    """Return whether an error says that the exchange's answer held no row: akshare names columns that are not there."""
    return bool(_NOTHING.search(str(error)))


def akshare_trouble(error: Exception) -> Trouble:
    """Return what an error of akshare means.

    Parameters
    ----------
    error : Exception
        Of the network (requests), or of reading: JSONDecodeError, KeyError, ValueError (``Excel file format cannot be
        determined``), BadZipFile, AttributeError.
    """
    names = [one.__name__ for one in type(error).__mro__]
    said = f"{type(error).__name__}: {error}"
    is_network = isinstance(error, OSError) or any(name.endswith(_NETWORK) for name in names)
    if is_network and "JSONDecodeError" not in names:  # which requests counts among the errors of the network
        return Trouble("again", f"{said}: the exchange's page was not reached")
    return Trouble(
        "again",
        f"{said}: akshare could not read the exchange's page. It has nothing for that day, blocks the reader or has "
        "changed: try later, or a newer akshare (`pip install -U akshare`)",
    )
