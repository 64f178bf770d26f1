"""The commands `liangrong data synth` and `liangrong data facts`: a synthetic market, and what markets look like."""

from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer

from .answering import Json, tell
from .console import counting, progress, working
from .crowd_options import Accounts, Asked, Feedback, MarginRatio, written
from .help_text import BRING_IN, LOOK_AT, in_help


def register(app: typer.Typer) -> None:
    """Add the commands to `app`."""
    synth = in_help(
        BRING_IN,
        "liangrong data synth --to data/synth --securities 60 --sessions 300",
        "liangrong data synth --to data/broken --seed 11 --signal 0.1 --breaks 0.01 --no-actions",
        "liangrong data synth --to data/clients --accounts 500 --securities 60 --sessions 300 --feedback 0.1",
    )
    app.command("synth", **synth)(data_synth)
    app.command("facts", **in_help(LOOK_AT, "liangrong data facts data/synth"))(data_facts)


def data_synth(
    to: Annotated[Path, typer.Option("--to", help="The dataset folder; a synthetic one there is replaced.")],
    seed: Annotated[int, typer.Option(help="One seed is one market.")] = 7,
    securities: Annotated[int, typer.Option(help="1 to 5,000.")] = 300,
    sessions: Annotated[int, typer.Option(help="Trading days from --start on.")] = 1200,
    start: Annotated[str, typer.Option(help="First day; from 2010-03-31.")] = "2019-01-02",
    signal: Annotated[
        float, typer.Option(help="What a deviation of net financing foretells, in daily volatilities: 0 to 0.5.")
    ] = 0.0,
    breaks: Annotated[float, typer.Option(help="Part of the margin rows that break an identity; recorded.")] = 0.0,
    history: Annotated[
        bool, typer.Option(help="Listings, delistings and margin lists as they were; else nearly all from the start.")
    ] = True,
    corporate_actions: Annotated[
        bool, typer.Option("--actions/--no-actions", help="Dividends and bonus shares, with their table.")
    ] = True,
    accounts: Accounts = 0,
    margin_ratio: MarginRatio = None,
    feedback: Feedback = 0.0,
    as_json: Json = False,
) -> None:
    """Write a seeded synthetic market as a dataset: no security in it is real.

    With --accounts the margin balances are the contracts of so many accounts of invented habits, on the ledger that
    backtests use, and what is true of them lies beside the data (truth.parquet, truth_days.csv, truth_accounts.csv). It
    is no order book and no forecast: nothing of it was fitted to clients that exist.
    """
    from ..synthetic.measured_facts import beside_real, fact_notes
    from ..synthetic.synthetic import plan_of

    with progress(unit="sessions") as bar:
        task = bar.add_task("planning", total=None)
        plan = plan_of(
            seed=seed,
            securities=securities,
            sessions=sessions,
            start=start,
            signal=signal,
            history=history,
            corporate_actions=corporate_actions,
            breaks=breaks,
        )
        asked = Asked(accounts, margin_ratio, feedback)
        info, facts = written(plan, asked, to, counting(bar, "making", task))
    content = {**info, "facts": beside_real(facts), "fact_notes": fact_notes(facts)}
    tell("synthetic_market", content, partial(_print, info, facts, to), as_json=as_json, written=to, folder=to)


def _print(info: Any, facts: Any, to: Path, terminal: Any) -> None:
    from ..dataset.terminal import findings_table, info_table
    from ..synthetic.terminal import facts_table

    terminal.print(info_table(info))
    terminal.print(findings_table(info["findings"]))
    terminal.print("", facts_table(facts), highlight=False)
    terminal.print(f"Dataset: {to}", soft_wrap=True)


def data_facts(folder: Annotated[Path, typer.Argument(help="A dataset folder.")], as_json: Json = False) -> None:
    """Print stylised facts of a dataset beside those of real data: tails, memory, who trades after what."""
    from ..dataset.store import load
    from ..synthetic.measured_facts import beside_real, fact_notes
    from ..synthetic.stylised_facts import facts_of
    from ..synthetic.terminal import facts_table

    with working("measuring"):
        facts = facts_of(load(folder))
    content = {"facts": beside_real(facts), "fact_notes": fact_notes(facts)}
    shown = facts_table(facts)
    tell("facts", content, lambda terminal: terminal.print(shown, highlight=False), as_json=as_json, folder=folder)
