"""The page of a study of behaviour: what each side did, then what it rests on."""

from collections.abc import Iterable, Iterator
from functools import partial
from html import escape
from typing import TYPE_CHECKING, Any

import pandas as pd

from ..inference.means import FEWEST_WINDOWS
from ..pages import formats
from ..pages.document import document
from ..pages.figures import Chart, Drawn
from ..pages.language import again, heard, say, speaking
from ..pages.markup import cards, footer, header, muted, section
from ..pages.plotting import plotted
from ..pages.table_markup import Cell, table
from . import charts
from .outcome import Behaviour, figure
from .responses import ANSWERS, dicts
from .steadiness import QUARTER_SESSIONS, QUARTER_WEEKS
from .verdict import MEASURES, is_sure, meaning

if TYPE_CHECKING:
    from plotly.graph_objects import Figure as PlotlyFigure

MOST_SECURITIES = 200

METHODS = {
    "total": "as one",
    "pooled": "pooled",
    "within": "against the others",
}
"""Method -> how a page names it."""


@speaking()
def render(made: Behaviour, plotly: str | None = None) -> str:
    """Return the page as HTML that opens offline; `plotly` as `document`."""
    drawn = Drawn()
    title = say("Who trades after what")
    span = say("{start} to {end}", start=made.span[0], end=made.span[1])
    source = f" · {say('data: {source}', source=heard(made.source))}" if made.source else ""
    body = [
        header(title, f"{span}{source}", made.synthetic),
        _verdict(made),
        cards(_cards(made)),
        *_charted(made, drawn.chart),
        _shares(made),
        _securities(made),
        _notes(made),
        _method(made),
        footer(say("A study is not a forecast."), say("Drag in a chart to zoom, double-click to return.")),
    ]
    return document(title, body, drawn.figures, plotly)


def plot(made: Behaviour, name: str, theme: str) -> "PlotlyFigure":
    """Return a chart of the page as a figure of plotly; ConfigError as `plotted`."""
    return plotted(partial(_charted, made), name, theme, f"lags-{next(iter(made.verdicts))}")


def side_name(side: str) -> str:
    """Return a side as a heading names it."""
    return say("Net financing") if side == "financing" else say("Net short sales")


def _verdict(made: Behaviour) -> str:
    told = [
        say("{side}: {verdict} ({meaning}).", side=side_name(side), verdict=say(verdict), meaning=meaning(verdict))
        for side, verdict in made.verdicts.items()
    ]
    return section(
        say("In words"),
        "".join(f"<p>{escape(one)}</p>" for one in (*told, again(made.words))),
    )


def _cards(made: Behaviour) -> Iterator[tuple[str, str, str, str]]:
    for row in made.main_rows():
        for name in ANSWERS:
            label = f"{side_name(row['side'])}, {charts.named_answer(name)}"
            yield label, figure(row[name]), _t_beneath(row, name), ""
        yield side_name(row["side"]), formats.count(int(row["periods"])), _over(made, row), ""


def _over(made: Behaviour, row: dict[str, Any]) -> str:
    unit = say("weeks") if made.design.weekly else say("sessions")
    return say("{unit}, {n} securities on average", unit=unit, n=formats.number(row["securities"], 0))


def _t_beneath(row: dict[str, Any], name: str) -> str:
    told = say("lag {lag}, t {t}", lag=row["lag"], t=_t(row, name))
    return say("{told}; chance reaches {needed}", told=told, needed=formats.number(row[f"{name}_needed"], 2))


def _t(row: dict[str, Any], name: str) -> str:
    text = formats.number(row[f"{name}_t"], 2)
    return text if row["windows"] >= FEWEST_WINDOWS or text == formats.NONE else f"({text})"


def _charted(made: Behaviour, chart: Chart) -> Iterable[str]:
    """Yield the sections that have charts."""
    for row in made.main_rows():
        yield _lags_section(made, row, chart)
    for side in made.verdicts:
        groups = made.tables["groups"]
        part = groups[groups["side"] == side]
        if len(part):
            yield _groups_section(side, part, chart)


def _lags_section(made: Behaviour, main: dict[str, Any], chart: Chart) -> str:
    side, table_ = main["side"], made.tables["responses"]
    rows = table_[table_["side"] == side]
    drawn = rows[(rows["method"] == main["method"]) & (rows["of"] == main["of"]) & (rows["model"] == "alone")]
    caption = say(
        "{of}, {method}; each lag alone. A mark: how much more the flow was, as a share of the {measure}, for each 1 "
        "of return above or below 0; after falls, a positive one is an outflow. A line without 0 in it: beyond chance.",
        of=say(main["of"]),
        method=say(METHODS[main["method"]]),
        measure=say(MEASURES[made.design.scale]),
    )
    body = muted(caption) + chart(f"lags-{side}", charts.lags_chart(drawn, made.design.weekly)) + _responses(rows)
    return section(say("{side} by lag", side=side_name(side)), body)


def _responses(rows: pd.DataFrame) -> str:
    head = [say("Series"), say("Method"), say("Lags"), say("Lag")]
    for name in ANSWERS:
        head += [charts.named_answer(name), "t", say("chance"), say("placebo")]
    told = []
    for row in dicts(rows):
        kind = say("alone") if row["model"] == "alone" else say("together")
        told.append((say(row["of"]), say(METHODS[row["method"]]), kind, say(row["lag"]), *_figures(row, has_p=True)))
    return table(head, told, texts=4, hidden=(7, 11, 15), file="responses.csv")


def _figures(row: dict[str, Any], *, has_p: bool) -> Iterator[str | Cell]:
    for name in ANSWERS:
        t = _t(row, name)
        marked = Cell(f"{t} *", sort=row[f"{name}_t"]) if is_sure(row, name) else t
        yield from (figure(row[name]), marked, formats.number(row[f"{name}_needed"], 2))
        if has_p:
            yield formats.percent(row[f"{name}_p"], 1)


def _groups_section(side: str, part: pd.DataFrame, chart: Chart) -> str:
    first = part[(part["model"] == "alone") & (part["lag"] == part["lag"].iloc[0])]
    head = [say("Group"), say("By"), say("Securities")]
    for name in ANSWERS:
        head += [charts.named_answer(name), "t", say("chance")]
    rows = [
        (
            charts.group_label(row),
            heard(row["basis"]),
            formats.number(row["securities"], 0),
            *_figures(row, has_p=False),
        )
        for row in dicts(first)
    ]
    caption = say(
        "Pooled, lag {lag} alone. Thirds are formed anew each period by what was known before the returns; chance as "
        "for all securities.",
        lag=first["lag"].iloc[0],
    )
    body = muted(caption) + chart(f"groups-{side}", charts.groups_chart(first)) + table(head, rows, texts=2)
    return section(say("{side} by board, size and leverage", side=side_name(side)), body)


def _shares(made: Behaviour) -> str:
    shares = made.tables["shares"]
    if shares.empty:
        return ""
    head = (
        *(say("Side"), say("Lag"), say("Answer"), say("Securities")),
        *(say("t above 1.96"), say("t below −1.96"), say("either, flows of other dates")),
    )
    percent = formats.percent
    rows = [
        (
            *(
                side_name(row["side"]),
                say(row["lag"]),
                charts.named_answer(row["answer"]),
                formats.count(row["securities"]),
            ),
            *(percent(row["positive"], 1), percent(row["negative"], 1), percent(row["placebo"], 1)),
        )
        for row in dicts(shares)
    ]
    told = say("Each security by itself; what stands out by chance is told by flows of other dates.")
    return section(say("How many securities stand out"), muted(told) + table(head, rows, texts=3))


def _securities(made: Behaviour) -> str:
    rows = made.tables["securities"]
    part = rows[rows["model"] == "alone"]
    if part.empty:
        return ""
    most = part.loc[part[["up_t", "down_t"]].abs().max(axis=1).sort_values(ascending=False).index]
    head = [say("Side"), say("Security"), say("Lag"), say("Periods")]
    for name in ANSWERS:
        head += [charts.named_answer(name), "t"]
    told = [
        (
            *(side_name(row["side"]), row["symbol"], row["lag"], formats.count(row["periods"])),
            *(cell for name in ANSWERS for cell in (figure(row[name]), formats.number(row[f"{name}_t"], 2))),
        )
        for row in dicts(most)
    ]
    made_table = table(head, told, texts=2, most=MOST_SECURITIES, file="securities.csv", name="securities")
    return section(say("By security"), muted(say("The largest |t| first.")) + made_table, folded=True)


def _notes(made: Behaviour) -> str:
    items = "".join(f"<li>{escape(heard(note))}</li>" for note in made.notes)
    return section(say("Notes"), f"<ul>{items}</ul>") if items else ""


def _method(made: Behaviour) -> str:
    rows = made.main_rows()
    lags = ", ".join(dict.fromkeys(f"{row['error_lags']}" for row in rows))
    items = [
        say(
            "Flow: bought on margin less repaid, or sold short less returned, over the {measure} at the end of the "
            "period before. Regressed on the part of earlier returns above 0 and the part below 0, each lag alone, "
            "then all beside each other; a span counts each of its periods alike.",
            measure=say(MEASURES[made.design.scale]),
        ),
        say(
            "As one: the mean over securities weighted by the {measure} before, of the flow and of the return. Pooled: "
            "all securities and periods, each less its own mean, flows beyond the {low} and {high} quantile set to "
            "these; the error takes what all securities of a period have left over as one observation (Driscoll and "
            "Kraay 1998), since a day moves them together. Against the others: each less the mean of its period too.",
            measure=say(MEASURES[made.design.scale]),
            low=formats.percent(made.design.winsor, 1),
            high=formats.percent(1.0 - made.design.winsor, 1),
        ),
        say(
            "As one, flows over a balance that starts from nothing are left out: where those of the first {weeks} "
            "weeks or {sessions} sessions more than double it, until those of so many periods before did not.",
            weeks=f"{QUARTER_WEEKS}",
            sessions=f"{QUARTER_SESSIONS}",
        ),
        say("Errors: Newey and West (1987), {lags} lags, no small-sample factor.", lags=lags),
        say(
            "What chance reaches: the same with the flows moved around the circle of dates, which keeps their memory, "
            "fat tails and what securities share; 95 % of these |t| lie below it, and it is at least 1.96. Placebo: "
            "the share of them, and the flow itself, with as large a |t|. Simulated without any relation this finds "
            "one in about 5 of 100 cases, in more where flows and returns are restless at the same times.",
        ),
        say("With fewer than {n} spans of the lag that do not overlap no t is trusted.", n=f"{FEWEST_WINDOWS}"),
    ]
    return section(say("Method"), f"<ul>{''.join(f'<li>{escape(item)}</li>' for item in items)}</ul>", folded=True)
