"""Analyzers of backtrader whose figures would be wrong in a credit account: refused, and told which ones are right."""

from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Any

import backtrader as bt

from ..account.credit import Totals, equity
from ..errors import ConfigError

_OURS = "liangrong.core.broker.analyzers"


class StockAnalyzers:
    """Looks at a run's analyzers when something happens that some of them cannot see.

    An account that neither borrows nor shorts is as backtrader knows it: then all of them are right.
    """

    def __init__(self) -> None:
        self._is_indebted = False
        self._is_lost = False

    def check_close(self, strategies: Iterable[bt.Strategy], sums: Totals) -> None:
        """Look at the account at a close.

        Raises
        ------
        ConfigError
            There is debt, and an analyzer takes spendable cash and positions for all that there is; or the equity is
            not positive, and an analyzer divides by it or takes its logarithm.
        """
        if not self._is_indebted and sums.principal + sums.short_value > 0.0:
            self._is_indebted = True
            self._refuse_blind(strategies)
        if not self._is_lost and not equity(sums) > 0.0:
            self._is_lost = True
            self._refuse_logarithms(strategies)

    def _refuse_blind(self, strategies: Iterable[bt.Strategy]) -> None:
        for analyzer in _analyzers(strategies):
            name = _blind_name(analyzer)
            if name:
                raise ConfigError(
                    f"the analyzer bt.analyzers.{name} takes spendable cash and positions for the whole account, and "
                    f"this one owes money or shares: add {_OURS}.{name} in its place"
                )

    def _refuse_logarithms(self, strategies: Iterable[bt.Strategy]) -> None:
        for analyzer in _analyzers(strategies):
            if isinstance(analyzer, bt.analyzers.LogReturnsRolling | bt.analyzers.Calmar | bt.analyzers.VWR):
                raise ConfigError(
                    f"the analyzer {type(analyzer).__name__} compounds returns, and the account's debts exceed its "
                    f"assets: leave it out; {_OURS}.MaintenanceRatio and DrawDown tell of the loss"
                )

    def check_step(self, strategies: Iterable[bt.Strategy]) -> None:
        """Look at a step that brought no session, such as a bar of an index or a resampled one.

        Raises
        ------
        ConfigError
            An analyzer counts steps where it means sessions.
        """
        for analyzer in _analyzers(strategies):
            if isinstance(analyzer, bt.analyzers.AnnualReturn) and not _sees_debt(analyzer):
                raise ConfigError(
                    "the analyzer bt.analyzers.AnnualReturn takes every step for a bar of data 0, and this run has "
                    f"steps of other feeds: add {_OURS}.AnnualReturn in its place"
                )


def _blind_name(analyzer: bt.Analyzer) -> str:
    """Return the name of the stock analyzer that `analyzer` is, if that does not see debt; an empty text otherwise."""
    if _sees_debt(analyzer):
        return ""
    for kind in (bt.analyzers.PyFolio, bt.analyzers.GrossLeverage):
        if isinstance(analyzer, kind):
            return kind.__name__
    return "PositionsValue" if isinstance(analyzer, bt.analyzers.PositionsValue) and analyzer.p.cash else ""


def _sees_debt(analyzer: bt.Analyzer) -> bool:
    return getattr(analyzer, "sees_debt", False)


def _analyzers(strategies: Iterable[bt.Strategy]) -> Iterator[Any]:
    """Yield the analyzers of a run, those of its observers too, each before those that it is made of."""
    waiting = list(chain.from_iterable(chain(s.analyzers, s._slave_analyzers) for s in strategies))
    while waiting:
        analyzer = waiting.pop(0)
        yield analyzer
        waiting = [*analyzer._children, *waiting]
