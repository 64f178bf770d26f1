"""What each side did after rises and falls, in a word and in sentences."""

import math
from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd

from ..inference.means import BOUND, FEWEST_WINDOWS
from ..pages import formats
from ..pages.language import say, sentences
from .lag_design import LagDesign
from .outcome import figure
from .responses import SUM, dicts

VERDICTS = {
    "follows the trend": "what it does after rises or after falls goes the way the price went, beyond chance",
    "goes against the trend": "what it does after rises or after falls goes the other way, beyond chance",
    "mixed": "beyond chance both after rises and after falls, once with the price and once against it",
    "not shown": "what was found cannot be told from chance",
    "too short": "fewer than {n} spans that do not overlap, or too few flows of other dates: no t can be trusted",
    "no answer": "too few periods, or returns that hardly vary",
}
"""Verdict -> what it means."""

WITH_TREND = {"financing": 1.0, "short": -1.0}
"""Side -> the sign of a response that goes with the price."""

MEASURES = {"balance": "balance", "float_cap": "float cap", "turnover": "turnover"}

Row = Mapping[str, Any]


def meaning(verdict: str) -> str:
    """Return what a verdict means, in a clause."""
    return say(VERDICTS[verdict], n=f"{FEWEST_WINDOWS}")


def is_sure(row: Row, answer: str) -> bool:
    """Return whether an answer cannot be told from what flows of other dates give."""
    return row["windows"] >= FEWEST_WINDOWS and abs(row[f"{answer}_t"]) >= row[f"{answer}_needed"]


def judge(side: str, row: Row) -> str:
    """Return the verdict, of `VERDICTS`, on one row of responses."""
    if math.isnan(row["up_t"]) and math.isnan(row["down_t"]):
        return "no answer"
    if row["windows"] < FEWEST_WINDOWS:
        return "too short"
    signs = {math.copysign(1.0, row[name]) * WITH_TREND[side] for name in ("up", "down") if is_sure(row, name)}
    if not signs:
        return "not shown"
    return "mixed" if len(signs) == 2 else "follows the trend" if signs == {1.0} else "goes against the trend"


def side_words(
    side: str, main: Row, tables: Mapping[str, pd.DataFrame], design: LagDesign, span: tuple[str, str]
) -> str:
    """Return what a side did, in sentences that can be said again in another language."""
    responses = tables["responses"][tables["responses"]["side"] == side]
    return sentences(_head(side, main, design, span), *_more(side, main, responses, tables["shares"], design))


def _head(side: str, row: Row, design: LagDesign, span: tuple[str, str]) -> str:
    """Return the verdict with the responses that it is of."""
    verdict = judge(side, row)
    told = {"who": _who(side), "n": formats.count(int(row["periods"])), "start": span[0], "end": span[1]}
    told["unit"] = _units(design)
    if verdict == "no answer":
        return say(
            "{who} cannot be judged: {n} {unit} with a flow and all returns, or returns that hardly vary.", **told
        )
    return say(
        "{who}, over {n} {unit} from {start} to {end}: {verdict}. For a rise of 1 % at lag {lag} ({unit} before the "
        "flow) the flow was {up} of the {measure} (coefficient {b_up}, {up_t}), for a fall of 1 % {down} ({b_down}, "
        "{down_t}).",
        **told,
        verdict=say(verdict),
        lag=row["lag"],
        up=f"{figure(row['up'])} %",
        down=f"{figure(-row['down'])} %",
        b_up=figure(row["up"]),
        b_down=figure(row["down"]),
        up_t=t_told(row, "up"),
        down_t=t_told(row, "down"),
        measure=say(MEASURES[design.scale]),
    )


def _more(side: str, main: Row, responses: pd.DataFrame, shares: pd.DataFrame, design: LagDesign) -> Iterator[str]:
    if math.isnan(main["difference_t"]) or main["windows"] < FEWEST_WINDOWS:
        return
    if is_sure(main, "difference") and abs(main["down"]) > abs(main["up"]):
        yield say("Falls matter more than rises ({t}).", t=t_told(main, "difference"))
    elif is_sure(main, "difference"):
        yield say("Rises and falls of the same size are not answered alike ({t}).", t=t_told(main, "difference"))
    else:
        yield say("That falls and rises matter differently is not shown ({t}).", t=t_told(main, "difference"))
    whole = responses[
        (responses["lag"] == SUM) & (responses["method"] == main["method"]) & (responses["of"] == main["of"])
    ]
    for row in dicts(whole):
        yield say(
            "All lags together, {lags}: {up} after rises ({up_t}), {down} after falls ({down_t}).",
            lags=design.named,
            up=figure(row["up"]),
            down=figure(row["down"]),
            up_t=t_told(row, "up"),
            down_t=t_told(row, "down"),
        )
    mine = {row["answer"]: row for row in dicts(shares) if row["side"] == side and row["model"] == "alone"}
    if mine:
        beyond = {name: mine[name]["positive"] + mine[name]["negative"] for name in ("up", "down")}
        yield say(
            "By itself, {down} of {n} securities have a t beyond ±{bound} after falls and {up} after rises; with flows "
            "of other dates {placebo} have.",
            n=formats.count(mine["down"]["securities"]),
            bound=f"{BOUND}",
            **{name: formats.percent(share, 0) for name, share in beyond.items()},
            placebo=formats.percent(0.5 * (mine["up"]["placebo"] + mine["down"]["placebo"]), 0),
        )


def t_told(row: Row, answer: str) -> str:
    """Return ``t 3.8`` where it is beyond chance, else also what would be; in brackets where no t can be trusted."""
    t = row[f"{answer}_t"]
    if math.isnan(t):
        return say("no t")
    if row["windows"] < FEWEST_WINDOWS:
        return say("t ({t})", t=f"{t:.1f}")
    if is_sure(row, answer):
        return say("t {t}", t=f"{t:.1f}")
    return say("t {t}, below the {needed} that chance reaches", t=f"{t:.2f}", needed=f"{row[f'{answer}_needed']:.2f}")


def _who(side: str) -> str:
    return say("Margin buyers (net financing)") if side == "financing" else say("Short sellers (net short sales)")


def _units(design: LagDesign) -> str:
    return say("weeks") if design.weekly else say("sessions")
