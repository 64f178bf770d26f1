"""A study and a comparison of studies on the terminal."""

from typing import TYPE_CHECKING

from ..inference.means import FEWEST_WINDOWS
from ..pages import formats
from ..pages.fitting import Fitting
from ..pages.markup import tuples
from .outcome import Study
from .side_by_side import SideBySide, luck
from .verdict import OVER_TIME, VERDICTS, meaning, t_words

if TYPE_CHECKING:
    from rich.console import RenderableType

WHERE = ", and so do the page and its tables"
_BY_HORIZON = ("corr.", "t", "spread", "spread t", "own", "own t", "timing", "timing t")


def study_table(study: Study) -> "RenderableType":
    """Return a table by horizon with the verdict above and the notes beneath, for a console of any width."""
    from rich.console import Group
    from rich.padding import Padding
    from rich.text import Text

    number, percent = formats.number, formats.percent
    decay = study.tables["decay"]
    has_gaps = study.summary["kind"] == "securities" and bool((decay["spread_sessions"] < decay["sessions"]).any())
    by_horizon = (*_BY_HORIZON[:4], "spread n", *_BY_HORIZON[4:]) if has_gaps else _BY_HORIZON
    table = Fitting(("horizon", "n", *by_horizon), kept=4, left=(), elsewhere=WHERE)
    for row in tuples(decay):
        mark = "bold" if row.horizon == study.plan.horizon else ""
        sessions = max(row.sessions, row.timing_sessions)
        ic, slope = (t_words(t, row.windows) for t in (row.ic_t, row.slope_t))
        timing = t_words(row.timing_t, row.timing_sessions / row.horizon)
        spread = t_words(row.spread_t, row.spread_sessions / row.horizon)
        table.add_row(
            *(str(row.horizon), formats.count(sessions), number(row.ic, 4), ic, percent(row.spread), spread),
            *((formats.count(row.spread_sessions),) if has_gaps else ()),
            *(percent(row.slope), slope, number(row.timing, 3), timing),
            style=mark,
        )
    get = study.summary.get
    stable = (
        f"coverage {percent(get('coverage'), 0)}, {percent(get('turnover_1'), 0)} of the outer quantiles new a "
        f"session, rank autocorrelation {number(get('autocorrelation_1'))} after 1 and "
        f"{number(get('autocorrelation_20'))} after 20 sessions"
    )
    columns = "n: sessions; spread n: those that have both quantiles; " if has_gaps else "n: sessions; "
    columns += "own: slope beside the controls; timing: correlation over time of mean score and mean return"
    brackets = f"t in brackets: fewer than {FEWEST_WINDOWS} spans that do not overlap, not to be trusted"
    beneath = [Text(f"• {note}") for note in (columns, brackets, stable, *study.notes)]
    if study.subject.synthetic:
        beneath.append(Text("• Synthetic data: these figures say nothing about a real market.", style="yellow"))
    head = Text.assemble((study.subject.name, "bold"), ": ", (str(get("verdict")), "bold"))
    return Group(head, Padding(Text(str(get("words"))), (0, 0, 1, 0)), table, Text(""), *beneath)


def comparison_table(comparison: SideBySide) -> "RenderableType":
    """Return all rules in one table, the largest |t| first, for a console of any width."""
    from rich.console import Group
    from rich.text import Text

    number, percent = formats.number, formats.percent
    head = ("rule", "verdict", "corr.", "t", "spread", "spread t", "own t")
    table = Fitting(head, texts={0}, kept=2, left={0, 1}, elsewhere=WHERE, title=_title(comparison))
    for row in tuples(comparison.table):
        is_market = row.kind == "market"
        size = row.timing if is_market else row.ic
        table.add_row(
            row.rule + (" *" if is_market else ""),
            row.verdict,
            *(number(size, 3), t_words(row.t, row.windows), percent(row.spread)),
            t_words(row.spread_t, row.spread_sessions / comparison.horizon),
            t_words(row.slope_t, row.windows),
        )
    shown = [verdict for verdict in VERDICTS if (comparison.table["verdict"] == verdict).any()]
    lines = ["own t: of the slope beside the controls.", f"* correlation over time: {OVER_TIME}."]
    lines += [f"{verdict}: {meaning(verdict)}." for verdict in shown]
    lines += [luck(comparison), *comparison.notes]
    return Group(table, Text(""), *(Text(f"• {line}") for line in lines))


def _title(comparison: SideBySide) -> str:
    sessions = int(comparison.table["sessions"].max())
    return f"horizon {comparison.horizon}, at most {formats.count(sessions)} sessions"
