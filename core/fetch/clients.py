"""A client of a service: imported when it is asked for, called by the names of its functions, its errors understood."""

import importlib
import os
from collections.abc import Callable, Mapping
from typing import Any, Protocol

import pandas as pd

from ..errors import ConfigError
from .akshare_errors import akshare_trouble, is_nothing
from .pace import Trouble
from .tushare_errors import TOKEN, tushare_trouble


class Client(Protocol):
    """What tables are asked of."""

    def has(self, name: str) -> bool:
        """Return whether the installed release has a function of this name."""
        ...

    def ask(self, name: str, parameters: Mapping[str, Any]) -> pd.DataFrame:
        """Return what a function of the client returns: a frame without rows where there is nothing.

        Raises
        ------
        Exception
            Whatever the client raises; `ConnectionError` where it swallowed its error.
        """
        ...

    def trouble(self, error: Exception) -> Trouble:
        """Return what an error of `ask` means."""
        ...


def connect(source: str) -> Client:
    """Return the client of a service.

    Raises
    ------
    ConfigError
        The package is not installed, or there is no token.
    """
    return {"akshare": _Akshare, "tushare": _Tushare}[source]()


def _package(name: str) -> Any:
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise ConfigError(
            f'`--source {name}` needs the package {name} ({error}): install it with `pip install "liangrong[{name}]"`'
        ) from None


class _Akshare:
    """The functions of the module akshare."""

    def __init__(self) -> None:
        self._module = _package("akshare")

    def has(self, name: str) -> bool:
        return hasattr(self._module, name)

    def ask(self, name: str, parameters: Mapping[str, Any]) -> pd.DataFrame:
        try:
            answer = getattr(self._module, name)(**parameters)
        except ValueError as error:
            if not is_nothing(error):
                raise
            return pd.DataFrame()
        if answer is None:
            raise ConnectionError("the client returned nothing")
        return answer

    def trouble(self, error: Exception) -> Trouble:
        return akshare_trouble(error)


class _Tushare:
    """The interfaces of tushare pro, with the token of the environment, which is never said nor stored."""

    def __init__(self) -> None:
        module = _package("tushare")
        token = os.environ.get(TOKEN, "").strip()
        if not token:
            raise ConfigError(
                f"`--source tushare` needs your token in the environment variable {TOKEN}: "
                f"`export {TOKEN}=…`; tushare.pro shows it in your account"
            )
        self._hide: Callable[[str], str] = lambda text: text.replace(token, "…")
        self._interfaces = module.pro_api(token)

    def has(self, name: str) -> bool:
        return bool(name)  # it makes its functions from any name

    def ask(self, name: str, parameters: Mapping[str, Any]) -> pd.DataFrame:
        answer = getattr(self._interfaces, name)(**parameters)
        if answer is None or not len(answer.columns):  # so it answers where the service failed (HTTP 4xx, 5xx)
            raise ConnectionError("the service answered with an error and without a table")
        return answer

    def trouble(self, error: Exception) -> Trouble:
        found = tushare_trouble(error)
        return found._replace(words=self._hide(found.words))
