"""The figures at the head of a run's page, each with a sentence that says what it says for this run."""

from collections.abc import Iterator, Mapping
from typing import Any

from ..kernels.statistics import SESSIONS_PER_YEAR
from ..pages import formats
from ..pages.formats import amount, count, headline, number, percent
from ..pages.language import say
from ..pages.markup import sorted_counts
from .equity_section import benchmark_name
from .flows_section import flow_cards

Card = tuple[str, str, str, str]
"""Label, figure, what stands beneath it, and its tone ("", "gain" or "loss")."""


def headlines(summary: Mapping[str, Any], year: float = SESSIONS_PER_YEAR) -> Iterator[Card]:
    """Give the cards; figures that are missing are shown as a dash."""
    yield from _performance(summary, year)
    yield from _account(summary)
    yield from _risk(summary)
    yield from flow_cards(summary)
    yield from _orders(summary)


def _performance(summary: Mapping[str, Any], year: float) -> Iterator[Card]:
    get, null, other = summary.get, summary.get("null_strategy") or {}, summary.get("benchmark") or {}
    gain, market = get("total_return"), null.get("total_return")
    a_year = percent(get("annualised_return"), sign=True)
    told = say("{rate} a year", rate=a_year)
    if market is not None:
        told = say("{rate} a year; holding the universe gave {null}", rate=a_year, null=percent(market, sign=True))
    yield say("Total return"), percent(gain, sign=True), told, _tone(gain)
    excess = other.get("excess_return")
    if excess is not None:
        told = say(
            "against {name}; beta {beta}, information ratio {ratio}",
            name=benchmark_name(dict(summary)),
            beta=number(other.get("beta")),
            ratio=number(other.get("information_ratio")),
        )
        yield say("Excess return"), percent(excess, sign=True), told, _tone(excess)
    start = say("CNY, from {start}", start=headline(get("start_equity")))
    yield say("End equity"), headline(get("end_equity")), start, ""
    yield say("Sharpe ratio"), number(get("sharpe")), _sharpe(summary, year), ""
    others = say("Sortino {sortino} · Calmar {calmar}", sortino=number(get("sortino")), calmar=number(get("calmar")))
    yield say("Volatility"), percent(get("volatility")), say("of returns, a year") + " · " + others, ""
    yield say("Max drawdown"), percent(get("max_drawdown")), _fallen(summary), ""


def _tone(value: float | None) -> str:
    return "" if not value else "gain" if value > 0 else "loss"


def _sharpe(summary: Mapping[str, Any], year: float) -> str:
    """Say how far the ratio is from zero, by the standard error of independent returns (Lo, 2002)."""
    ratio, sessions = summary.get("sharpe"), summary.get("sessions_with_return", summary.get("sessions")) or 0
    if sessions < 2:
        return say("too few sessions to tell")
    if ratio is None:
        return say("the returns do not vary: there is no ratio")
    error = ((1.0 + 0.5 * ratio**2 / year) * year / sessions) ** 0.5
    values = {"error": number(error), "n": count(sessions)}
    if abs(ratio) < 2.0 * error:
        return say("±{error}, one standard error of {n} sessions: less than two from zero, not told from it", **values)
    return say("±{error}, one standard error of {n} sessions: two or more from zero, told from it", **values)


def _fallen(summary: Mapping[str, Any]) -> str:
    get = summary.get
    if not get("max_drawdown_trough"):
        return say("none")
    span = {"peak": get("max_drawdown_peak"), "trough": get("max_drawdown_trough")}
    back = get("max_drawdown_recovery")
    if back:
        return say("{peak} to {trough}, recovered on {back}", **span, back=back)
    return say("{peak} to {trough}, not recovered by the end", **span)


def _account(summary: Mapping[str, Any]) -> Iterator[Card]:
    get = summary.get
    lowest = get("lowest_maintenance_ratio")
    below = say("never in debt")
    if lowest is not None:
        values = {"date": get("lowest_maintenance_date"), "n": count(get("sessions_below_call"))}
        below = say("on {date}; {n} closes below the call line", **values)
    yield say("Lowest maintenance ratio"), percent(lowest, 1), below, ""
    highest = say(
        "highest {highest}; {long} long, {short} short",
        highest=number(get("highest_leverage")),
        long=percent(get("average_long_exposure"), 0),
        short=percent(get("average_short_exposure"), 0),
    )
    yield say("Average leverage"), number(get("average_leverage")), highest, ""
    costs, start = get("costs") or {}, get("start_equity")
    interest = (costs.get("financing_interest") or 0.0) + (costs.get("borrow_fee") or 0.0)
    share = None if not start or costs.get("total") is None else costs["total"] / start
    told = say(
        "CNY, {share} of the equity at the start; {interest} interest and borrow fees",
        share=percent(share, 1),
        interest=headline(interest),
    )
    yield say("Costs"), headline(costs.get("total")), told, ""
    yield say("Turnover a year"), number(get("turnover")), say("times the average equity"), ""


def _risk(summary: Mapping[str, Any]) -> Iterator[Card]:
    """Give the cards of what not every run has: calls and forced sales, dividends, insolvency."""
    get = summary.get
    if get("margin_calls") or get("forced_orders"):
        forced = say("traded by force: {amount} CNY", amount=headline(get("forced_value")))
        yield say("Margin calls"), count(get("margin_calls")), forced, ""
        unfilled = say("{n} not wholly carried out", n=count(get("forced_orders_unfilled")))
        yield say("Forced orders"), count(get("forced_orders")), unfilled, ""
    parts = get("attribution") or {}
    received, owed = parts.get("dividends") or 0.0, parts.get("dividends_owed") or 0.0
    if received or owed:
        told = say("CNY received; {owed} owed to lenders", owed=headline(-owed))
        yield say("Dividends"), headline(received), told, ""
    if get("insolvent_date"):
        shortfall = say("{date} · debt above assets, CNY", date=get("insolvent_date"))
        yield say("Insolvent by"), amount(get("insolvency_shortfall")), shortfall, ""


def _orders(summary: Mapping[str, Any]) -> Iterator[Card]:
    get, trips = summary.get, summary.get("round_trips") or {}
    if trips.get("trips"):
        told = say(
            "of {n} closed round trips; payoff {payoff}", n=count(trips["trips"]), payoff=number(trips["payoff"])
        )
        yield say("Win rate"), percent(trips["win_rate"], 1), told, ""
    yield say("Fills"), count(get("fills")), say("{n} of them forced", n=count(get("forced_fills"))), ""
    refusals = get("refusals_by_reason") or {}
    reason = say("none")
    if refusals:
        reason = say("most often {reason}", reason=formats.words(sorted_counts(refusals)[0][0]))
    yield say("Refused orders"), count(get("refusals")), reason, ""
    yield say("Open contracts"), count(get("open_contracts")), say("at the end"), ""
