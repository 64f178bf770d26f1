"""The tables that each service serves, and what the command line calls them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from ..errors import ConfigError, did_you_mean

MARGIN_BEGAN = "2010-03-31"
"""First session with margin trading in Shanghai and Shenzhen."""

_BEIJING_BEGAN = "2023-02-13"
"""First session with margin trading in Beijing."""


@dataclass(frozen=True, kw_only=True)
class Table:
    """A table that is asked for by day.

    Parameters
    ----------
    name : str
        Of the client's function; the folder of its answers has it too.
    what : str
        Its name on the command line.
    asked_by : str
        Parameter of the function that takes the day, as ``20240102``.
    code : str
        Column with the securities.
    day : str, optional
        Column with the day; None where the rows do not say theirs.
    exchange : {"SH", "SZ", "BJ"}, optional
        Of all rows, where the codes do not name it.
    always : tuple of str
        Exchanges that have rows on every session.
    first : str, optional
        First session of its record; None where it is not known.
    may_be_empty : bool
        Whether a session may have no row at all, such as one without an ex-date.
    """

    name: str
    what: str
    asked_by: str
    code: str
    day: str | None
    exchange: str | None = None
    always: tuple[str, ...] = ()
    first: str | None = None
    may_be_empty: bool = False


def _tushare(
    name: str,
    what: str | None = None,
    by: str = "trade_date",
    *,
    always: tuple[str, ...] = ("SH", "SZ"),
    first: str | None = None,
    may_be_empty: bool = False,
) -> Table:
    return Table(
        name=name,
        what=what or name,
        asked_by=by,
        code="ts_code",
        day=by,
        always=always,
        first=first,
        may_be_empty=may_be_empty,
    )


def _akshare(exchange: str, code: str, day: str | None, first: str) -> Table:
    name = {"SH": "sse", "SZ": "szse", "BJ": "bse"}[exchange]
    return Table(
        name=f"stock_margin_detail_{name}",
        what="margin",
        asked_by="date",
        code=code,
        day=day,
        exchange=exchange,
        always=(exchange,),
        first=first,
    )


@dataclass(frozen=True)
class Service:
    """What a service serves.

    Parameters
    ----------
    tables : tuple of Table
        Asked for by day.
    by_symbol : tuple of str
        What is asked for security by security.
    usual : tuple of str
        What is asked for where the user does not say.
    per_minute : int
        Calls in a minute, where the user does not say.
    is_paged : bool
        Whether it limits the rows of an answer, and gives those from `offset` on.
    """

    tables: tuple[Table, ...]
    by_symbol: tuple[str, ...]
    usual: tuple[str, ...]
    per_minute: int
    is_paged: bool

    @property
    def known(self) -> tuple[str, ...]:
        """All that it serves, as the command line calls it."""
        return tuple(dict.fromkeys([*(table.what for table in self.tables), *self.by_symbol]))


SERVICES: Mapping[str, Service] = MappingProxyType(
    {
        # The exchanges' own pages state no limit; one call in two seconds is what a careful reader takes.
        "akshare": Service(
            tables=(
                _akshare("SH", "标的证券代码", "信用交易日期", MARGIN_BEGAN),
                _akshare("SZ", "证券代码", None, MARGIN_BEGAN),
                _akshare("BJ", "证券代码", None, _BEIJING_BEGAN),
            ),
            by_symbol=("daily",),
            usual=("margin",),
            per_minute=30,
            is_paged=False,
        ),
        # margin_detail wants 2,000 points, with which an account has 200 calls a minute: a tenth is left to others.
        "tushare": Service(
            tables=(
                _tushare("margin_detail", "margin", first=MARGIN_BEGAN),
                _tushare("daily"),
                _tushare("daily_basic"),
                _tushare("adj_factor"),
                _tushare("stk_limit"),
                _tushare("suspend_d", always=(), may_be_empty=True),
                _tushare("margin_secs"),
                _tushare("stock_st"),
                _tushare("dividend", by="ex_date", always=(), may_be_empty=True),
            ),
            by_symbol=(),
            usual=("margin", "daily", "daily_basic", "stk_limit", "suspend_d", "margin_secs", "dividend"),
            per_minute=180,
            is_paged=True,
        ),
    }
)
"""Name -> service. Limits of rows: tushare gives up to 6,000 a call, 5,800 of stk_limit, 2,000 of dividend."""


def service_of(source: str) -> Service:
    """Return the service `source`; ConfigError where there is none."""
    if source not in SERVICES:
        raise ConfigError(
            f"`--source` should be {' or '.join(SERVICES)}, got `{source}`: {did_you_mean(source, SERVICES)}"
            "files of other sources are brought in with `liangrong data import`"
        )
    return SERVICES[source]


def chosen(source: str, what: Sequence[str] | None) -> tuple[str, ...]:
    """Return what is to be fetched from a service.

    Parameters
    ----------
    source : str
    what : sequence of str, optional
        As the command line names it; None = the usual.

    Raises
    ------
    ConfigError
        An unknown service; a name that it does not serve.
    """
    service = service_of(source)
    wanted = tuple(dict.fromkeys(service.usual if what is None else what))
    if not wanted:
        raise ConfigError(f"`--what` names nothing: {source} has {', '.join(service.known)}")
    for name in wanted:
        if name not in service.known:
            raise ConfigError(
                f"`--what {name}`: {did_you_mean(name, service.known)}{source} has {', '.join(service.known)}"
            )
    return wanted
