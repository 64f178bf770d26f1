"""A study and a comparison of studies on the terminal."""

from functools import partial
from typing import TYPE_CHECKING

from ..inference.means import FEWEST_WINDOWS
from ..pages import formats
from ..pages.fitting import Fitting
from ..pages.markup import tuples
from .crash_target import MEASURES
from .crash_verdict import amount
from .outcome import Study
from .side_by_side import SideBySide, headline, luck, other_t
from .verdict import OVER_TIME, VERDICTS, meaning, t_words

if TYPE_CHECKING:
    from rich.console import RenderableType

SIGN = "above 0: high scores were followed by more crash risk; below 0: by less, low scores by more"
MEASURED = (
    "corr., t, spread: of NCSKEW of market-adjusted daily log returns, the verdict's measure; duvol: log of down over "
    "up volatility; tail: share of sessions below -1.645 past deviations"
)
WHERE = ", and so do the page and its tables"
_BY_HORIZON = ("corr.", "t", "spread", "spread t", "own", "own t", "timing", "timing t")


def study_table(study: Study) -> "RenderableType":
    """Return a table by horizon with the verdict above and the notes beneath, for a console of any width."""
    from rich.console import Group
    from rich.padding import Padding
    from rich.text import Text

    number, amount = formats.number, study.amount
    decay = study.tables["decay"]
    has_gaps = study.summary["kind"] == "securities" and bool((decay["spread_sessions"] < decay["sessions"]).any())
    by_horizon = (*_BY_HORIZON[:4], "spread n", *_BY_HORIZON[4:]) if has_gaps else _BY_HORIZON
    first = ("measure",) if study.plan.is_crash else ()
    table = Fitting(
        (*first, "horizon", "n", *by_horizon), texts={0} if first else (), kept=4 + len(first), left=(), elsewhere=WHERE
    )
    for row in tuples(decay):
        measure = getattr(row, "measure", MEASURES[0])
        mark = "bold" if row.horizon == study.plan.horizon and measure == MEASURES[0] else ""
        sessions = max(row.sessions, row.timing_sessions)
        ic, slope = (t_words(t, row.windows) for t in (row.ic_t, row.slope_t))
        timing = t_words(row.timing_t, row.timing_sessions / row.horizon)
        spread = t_words(row.spread_t, row.spread_sessions / row.horizon)
        table.add_row(
            *((measure,) if first else ()),
            *(str(row.horizon), formats.count(sessions), number(row.ic, 4), ic),
            *(amount(row.spread, measure=measure), spread),
            *((formats.count(row.spread_sessions),) if has_gaps else ()),
            *(amount(row.slope, measure=measure), slope, number(row.timing, 3), timing),
            style=mark,
        )
    beneath = [Text(f"• {note}") for note in (*_beneath(study, has_gaps), *study.notes)]
    if study.subject.synthetic:
        beneath.append(Text("• Synthetic data: these figures say nothing about a real market.", style="yellow"))
    name = f"{study.subject.name} and crash risk" if first else study.subject.name
    head = Text.assemble((name, "bold"), ": ", (str(study.summary["verdict"]), "bold"))
    return Group(head, Padding(Text(str(study.summary["words"])), (0, 0, 1, 0)), table, Text(""), *beneath)


def _beneath(study: Study, has_gaps: bool) -> tuple[str, ...]:
    """Return what has to be known of the columns, and how stable the score is."""
    number, percent, is_crash = formats.number, formats.percent, study.plan.is_crash
    get = study.summary.get
    stable = (
        f"coverage {percent(get('coverage'), 0)}, {percent(get('turnover_1'), 0)} of the outer quantiles new a "
        f"session, rank autocorrelation {number(get('autocorrelation_1'))} after 1 and "
        f"{number(get('autocorrelation_20'))} after 20 sessions"
    )
    columns = "n: sessions; spread n: those that have both quantiles; " if has_gaps else "n: sessions; "
    columns += "own: slope beside the controls; timing: correlation over time of mean score and "
    columns += "the market's own crash risk" if is_crash else "mean return"
    brackets = f"t in brackets: fewer than {FEWEST_WINDOWS} spans that do not overlap, not to be trusted"
    told = (SIGN, MEASURED) if is_crash else ()
    return (*told, columns, brackets, stable)


def comparison_table(comparison: SideBySide) -> "RenderableType":
    """Return all rules in one table, the largest |t| first, for a console of any width."""
    from rich.console import Group
    from rich.text import Text

    number = formats.number
    shown = partial(amount, measure=comparison.measure)
    head = ("rule", "verdict", "corr.", "t", "spread", "spread t", "own t")
    head += ("duvol t", "tail t") if comparison.is_crash else ()
    table = Fitting(head, texts={0}, kept=2, left={0, 1}, elsewhere=WHERE, title=_title(comparison))
    for row in tuples(comparison.table):
        is_market = row.kind == "market"
        size = row.timing if is_market else row.ic
        table.add_row(
            row.rule + (" *" if is_market else ""),
            row.verdict,
            *(number(size, 3), t_words(row.t, row.windows), shown(row.spread)),
            t_words(row.spread_t, row.spread_sessions / comparison.horizon),
            t_words(row.slope_t, row.windows),
            *(other_t(row, measure) for measure in MEASURES[1:] if comparison.is_crash),
        )
    told = [verdict for verdict in VERDICTS if (comparison.table["verdict"] == verdict).any()]
    lines = [SIGN, MEASURED] if comparison.is_crash else []
    lines += ["own t: of the slope beside the controls.", f"* correlation over time: {OVER_TIME}."]
    lines += [f"{verdict}: {meaning(verdict)}." for verdict in told]
    lines += [luck(comparison), *comparison.notes]
    return Group(Text(headline(comparison), "bold"), table, Text(""), *(Text(f"• {line}") for line in lines))


def _title(comparison: SideBySide) -> str:
    sessions = int(comparison.table["sessions"].max())
    what = "crash risk, " if comparison.is_crash else ""
    return f"{what}horizon {comparison.horizon}, at most {formats.count(sessions)} sessions"
