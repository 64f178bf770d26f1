"""The securities that mattered, one by one, on a run's page."""

from collections.abc import Callable, Sequence

from ..pages import formats
from ..pages.figures import Figure
from ..pages.language import say
from ..pages.markup import chooser, muted, section
from ..pages.table_markup import table
from .result import Result
from .security_choice import Mattered, securities_that_mattered
from .security_held import held_of, trips_of
from .security_marks import MOST_CONTRACTS, MOST_FILLS, deals_of
from .security_paths import SecurityPath
from .security_rows import security_chart, sessions_of_a_candle


def mattered_section(result: Result, paths: Sequence[SecurityPath] | None, chart: Callable[[str, Figure], str]) -> str:
    """Return the section; without charts where `paths` are not known: a result does not hold the data."""
    title = say("Securities that mattered")
    chosen = securities_that_mattered(result)
    if not chosen:
        return section(title, muted(say("Nothing was attributed to a security.")), folded=True)
    known = {path.symbol: path for path in paths or ()}
    drawn = [(one, known[one.symbol]) for one in chosen if one.symbol in known]
    if drawn:
        content = _charts(result, drawn, chart)
    else:
        content = muted(say("Their charts need the data of the run: they are drawn when it is made."))
    return section(title, _table(chosen) + content, lead=_lead(result, chosen))


def _lead(result: Result, chosen: list[Mattered]) -> str:
    of = result.attribution[result.attribution["symbol"] != ""]
    return say(
        "{n} of {all} securities: those with the largest gains, losses, forced sales and costs in turn. They made "
        "{part} of the {whole} CNY that all securities made.",
        n=formats.count(len(chosen)),
        all=formats.count(int(of["symbol"].nunique())),
        part=formats.amount(sum(one.profit for one in chosen), sign=True),
        whole=formats.amount(float(of["amount"].sum()), sign=True),
    )


def reasons_words(one: Mattered) -> str:
    """Return by what a security stands out, such as ``gain no. 1, costs no. 1``."""
    return ", ".join(say("{what} no. {n}", what=say(name), n=place) for name, place in one.reasons)


def _table(chosen: list[Mattered]) -> str:
    head = [
        say("Security"),
        say("Stands out by"),
        say("Profit, CNY"),
        say("Costs, CNY"),
        say("Fills"),
        say("Contracts"),
    ]
    has_forced = any(one.forced_orders for one in chosen)
    head += [say("Forced orders"), say("Traded by force, CNY")] if has_forced else []
    rows = [
        (
            one.symbol,
            reasons_words(one),
            formats.amount(one.profit, sign=True),
            formats.amount(one.costs),
            *(formats.count(n) for n in (one.fills, one.contracts)),
            *((formats.count(one.forced_orders), formats.amount(one.forced)) if has_forced else ()),
        )
        for one in chosen
    ]
    return table(head, rows, texts=2)


def _charts(result: Result, drawn: list[tuple[Mattered, SecurityPath]], chart: Callable[[str, Figure], str]) -> str:
    rule = _rule(result)
    options, left = [], 0
    for n, (one, path) in enumerate(drawn):
        figure = security_chart(
            path, deals_of(result, path.symbol), held_of(result, path.symbol), trips_of(result, path.symbol), rule
        )
        left += sum(trace.get("meta", {}).get("not_marked", 0) for trace in figure["data"])
        options.append((f"{one.symbol} · {reasons_words(one)}", chart(f"security-{n}", figure)))
    step = sessions_of_a_candle(drawn[0][1].days)
    caption = say(
        "Contracts are drawn at their opening price, from opening to closing. Balances and flows stand on the day that "
        "they are of; the score on the day after which it was decided."
    )
    if step > 1:
        caption += " " + say("Each candle and point stands for {n} sessions.", n=step)
    if left:
        caption += " " + say(
            "Of one kind the {fills} largest fills and {contracts} largest contracts are drawn: {n} are left out.",
            fills=MOST_FILLS,
            contracts=MOST_CONTRACTS,
            n=formats.count(left),
        )
    return chooser(say("Security"), options) + muted(caption)


def _rule(result: Result) -> str:
    stated = (result.config.get("strategy") or {}).get("rule")
    return str(stated.get("name", "")) if isinstance(stated, dict) else ""
