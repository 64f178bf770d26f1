"""The commands `liangrong data fetch` and `liangrong data update`."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from .answering import Json
from .console import counting, progress
from .data import tell_import

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..fetch.fetch_run import Fetched

Raw = Annotated[Path | None, typer.Option("--raw", help="Folder of the answers as they came; DIR-raw where absent.")]
PerMinute = Annotated[int | None, typer.Option("--per-minute", help="Calls a minute; akshare 30, tushare 180.")]


def register(app: typer.Typer) -> None:
    """Add the commands to `app`."""
    app.command("fetch")(data_fetch)
    app.command("update")(data_update)


def data_fetch(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="The dataset; one that exists gains what is new.")],
    source: Annotated[str, typer.Option("--source", help="akshare or tushare (token: TUSHARE_TOKEN).")],
    start: Annotated[str, typer.Option("--from", metavar="DAY", help="Such as 2024-01-02.")],
    end: Annotated[str | None, typer.Option("--to", metavar="DAY", help="The last day that is over.")] = None,
    what: Annotated[str | None, typer.Option("--what", metavar="margin,daily", help="Tables.")] = None,
    symbols: Annotated[str | None, typer.Option("--symbols", help="Of akshare's bars: 600519.SH,000001.SZ")] = None,
    raw: Raw = None,
    per_minute: PerMinute = None,
    as_json: Json = False,
) -> None:
    """Fetch a service's tables day by day through its client; what came is kept, the same command goes on.

    akshare has margin and daily (bars, security by security). tushare has margin, daily, daily_basic, adj_factor,
    stk_limit, suspend_d, margin_secs, stock_st, dividend. Exit code 1 where days or an exchange are missing.
    """
    from ..fetch.fetching import fetch_data

    def carry_out(tell: "Callable[[int, int], object]") -> "Fetched":
        return fetch_data(
            folder,
            source,
            start,
            end,
            what=None if what is None else _parts(what),
            symbols=_parts(symbols or ""),
            raw=raw,
            per_minute=per_minute,
            progress=tell,
        )

    _tell(folder, carry_out, as_json)


def data_update(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A dataset that was fetched.")],
    end: Annotated[str | None, typer.Option("--to", metavar="DAY", help="The last day that is over.")] = None,
    raw: Raw = None,
    per_minute: PerMinute = None,
    as_json: Json = False,
) -> None:
    """Fetch what a dataset lacks: its last session again, those after it, and what was missing."""
    from ..fetch.fetching import update_data

    _tell(folder, lambda tell: update_data(folder, end, raw=raw, per_minute=per_minute, progress=tell), as_json)


def _tell(folder: Path, carry_out: "Callable[[Callable[[int, int], object]], Fetched]", as_json: bool) -> None:
    """Show how far it is, then what came and what is missing."""
    try:
        with progress(unit="calls", transient=True) as bar:
            task = bar.add_task("asking", total=None)
            fetched = carry_out(counting(bar, "asking", task))
    except KeyboardInterrupt:
        typer.echo("liangrong: stopped. What came is kept: the same command goes on from there", err=True)
        raise typer.Exit(130) from None
    tell_import("fetch", fetched, folder, as_json)
    raise typer.Exit(fetched.exit_code)


def _parts(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]
