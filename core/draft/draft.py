"""A configuration that is being made: its answers so far, and what the data that they name allow."""

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from ..config.paths import own_file
from ..config.presets import LIST_PRICE, PRESETS
from ..config.quantities import number_of, rewritten
from ..config.run import Config, DataConfig, RuleConfig, StrategyConfig
from ..config.yaml_file import load
from ..errors import ConfigError, did_you_mean
from ..ideas.registry import resolve_rule, strategy_class
from ..panel.indices import universe_field
from ..panel.panel import Panel
from ..run.explain import Explained, rules
from ..run.lacking import check_fields
from ..run.load import load_panel
from .drafted_data import Boards, Held

SYNTHETIC = "synthetic"
MARKET: Mapping[str, Any] = {"seed": 7, "securities": 60, "sessions": 500, "start": "2021-01-04"}
"""Options of the market that is made where no data are named."""

FORMS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "long": ("long_only", ("long_weight",)),
    "short": ("quantile", ("short_weight",)),
    "spread": ("quantile", ("long_weight", "short_weight")),
}
"""Answer -> form of the portfolio and the weights that it is asked for."""

RATES: Mapping[str, Mapping[str, Any]] = {
    "list": LIST_PRICE,
    **{name: filled for name, filled in PRESETS.items() if name.startswith("rates_")},
}
"""Answer -> keys of `account`."""

FEW = 20
"""Securities below which a tenth of them is nearly none."""


class Draft:
    """Answers as they were checked; every method that takes one raises `LiangrongError` where it cannot be meant."""

    def __init__(self) -> None:
        self.panel: Panel | None = None
        self.held: Held | None = None
        self.data: dict[str, Any] = {}
        self.universe: dict[str, Any] = {}
        self.form = "long"
        self.rule = ""
        self.weights: dict[str, float] = {}
        self.cash = 0.0
        self.window: dict[str, str] = {}
        self.rates = "list"
        self.own_rates: dict[str, float] = {}

    def take_data(self, text: str) -> None:
        """Take `synthetic` or the path of a dataset, which is read."""
        stated: dict[str, Any] = {"source": SYNTHETIC, "options": dict(MARKET)}
        if text != SYNTHETIC:
            stated = {"source": "dataset", "path": text}
        self.panel = load_panel(DataConfig(**stated))[0]
        self.held = Held.of(self.panel, ())
        self.data, self.universe = stated, {}

    def take_universe(self, text: str) -> None:
        """Take `all`, an index whose members the data tell, or symbols with commas."""
        known = self._panel().symbols
        symbols = [part for part in text.replace(",", " ").split() if part]
        absent = [symbol for symbol in symbols if symbol not in known]
        if text == "all":
            self.universe = {}
        elif len(symbols) == 1 and _is_index(symbols[0], self._panel()):
            self.universe = {"index": symbols[0]}
        elif symbols and not absent:
            self.universe = {"symbols": symbols}
        else:
            got = f"the data have no {', '.join(absent[:5])}: {did_you_mean(absent[0], known)}" if absent else ""
            told = f"should be all, symbols with commas such as {', '.join(known[:2])}, or an index such as 000300.SH"
            raise ConfigError(f"{got}{told}, whose members the data tell")
        self._take_held()

    def _take_held(self) -> None:
        """Take the securities that are named; each has a board, or none of them has."""
        named = self.universe.get("symbols", ())
        held = Held.of(self._panel(), named)
        if named and held.boards.exclude:
            self.universe = {}
            raise ConfigError(f"{', '.join(held.boards.exclude)} can not be traded (no board lists it): leave it out")
        self.held = held

    def take_form(self, text: str) -> None:
        """Take long, short or spread."""
        if text not in FORMS:
            raise ConfigError(f"should be {', '.join(FORMS)}, got {text!r}")
        self.form, self.weights = text, {}

    def take_rule(self, text: str) -> None:
        """Take the name of a rule, or FILE.py:CLASS, which the data suffice for."""
        known = [one.name for one in rules()]
        if own_file(text) is None and text.isidentifier() and text not in known:
            near = did_you_mean(text, known, 3)
            raise ConfigError(f"there is no rule `{text}`: {near}`?` or `liangrong rules` lists them")
        made = resolve_rule(RuleConfig(name=text))
        check_fields(f"rule `{text}`", made.needs(), self.fields, made)
        self.rule = text

    def take_weight(self, name: str, text: str) -> None:
        """Take a weight over the equity, within the bounds that the form declares."""
        form, value = FORMS[self.form][0], number_in(text)
        strategy_class(StrategyConfig(name=form)).check({name: value}, form)
        if value == 0.0:
            raise ConfigError("should be above 0: a side without weight is none")
        self.weights[name] = value

    def take_cash(self, text: str) -> None:
        """Take an amount in CNY."""
        value = number_in(text)
        self._judged({"account": {"cash": value}})
        least = self._held().cheapest_lot()
        if value < least:
            raise ConfigError(f"should suffice for one lot: the cheapest of these data is {least:,.2f}, got {value:g}")
        self.cash = value

    def take_period(self, text: str) -> None:
        """Take `all`, or START..END of which one may be left out."""
        if text == "all":
            self.window = {}
            return
        start, dots, end = (part.strip() for part in text.partition(".."))
        if not dots or not (start or end):
            raise ConfigError(f"should be all, or two days such as 2021-06-01..2022-06-01, got {text!r}")
        window = {name: day for name, day in (("start", start), ("end", end)) if day}
        judged = self._judged({"window": window}).window
        self._panel().window(*(None if day is None else np.datetime64(day, "D") for day in (judged.start, judged.end)))
        self.window = window

    def take_rates(self, text: str) -> None:
        """Take `list`, the name of a preset, or the rates of money and of shares with a comma."""
        if text in RATES:
            self.rates, self.own_rates = text, {}
            return
        parts = text.split(",")
        if len(parts) != 2:
            raise ConfigError(f"should be {', '.join(RATES)}, or two rates a year such as 0.06,0.09, got {text!r}")
        own = dict(zip(LIST_PRICE, map(number_in, parts), strict=True))
        self._judged({"account": own})
        self.rates, self.own_rates = "own", own

    def _panel(self) -> Panel:
        if self.panel is None:
            raise ConfigError("the data come first")
        return self.panel

    def _held(self) -> Held:
        if self.held is None:
            raise ConfigError("the data come first")
        return self.held

    @property
    def fields(self) -> frozenset[str]:
        """Fields of the securities that take part, with those that a run derives."""
        return frozenset() if self.held is None else frozenset(self.held.panel.fields)

    def boards(self) -> Boards:
        """Return what the configuration has to say of boards."""
        return self._held().boards

    def symbols(self) -> tuple[str, ...]:
        """Return the securities that take part."""
        return self._held().panel.symbols

    def span(self) -> tuple[str, str] | None:
        """Return the sessions between which the data have what the rule reads; None where they have it throughout."""
        if self.held is None or not self.rule:
            return None
        return self.held.span(resolve_rule(RuleConfig(name=self.rule)).needs())

    def quantile(self) -> float:
        """Return the fraction of the securities that a leg holds."""
        return 0.5 if self.held is not None and self.securities() < FEW else 0.1

    def _judged(self, keys: Mapping[str, Any]) -> Config:
        """Return a configuration with these keys; ConfigError without the words that only a file needs."""
        try:
            return load({"name": "x", "data": {"source": SYNTHETIC}, "strategy": {"name": "buy_and_hold"}, **keys})
        except ConfigError as error:
            raise ConfigError(str(error).replace("configuration: ", "")) from None

    def offered(self) -> list[Explained]:
        """Return the rules that the data suffice for and that are made of no others."""
        return [one for one in rules() if one.claim and not one.takes and {f for f, _ in one.fields} <= self.fields]

    def securities(self) -> int:
        """Return how many take part."""
        return len(self._held().panel.symbols)


def _is_index(symbol: str, panel: Panel) -> bool:
    try:
        return universe_field(symbol) in panel
    except ConfigError:
        return False


def number_in(text: str) -> float:
    """Return the number that a text is, such as ``5e6``, ``5,000,000``, ``500万`` or ``500w``; else ConfigError."""
    value = number_of(text.replace("_", "").replace(" ", ""))
    if value is None:
        value = number_of(rewritten(text.removesuffix("元")))
    if value is None or not math.isfinite(value):
        raise ConfigError(f"should be a number such as 1_000_000, 100万 or 0.05, got {text!r}")
    return value
