"""Strategies that are functions of the panel: target weights for every session, computed before the run."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from ..core.data.panel import Panel
from ..core.errors import ConfigError
from ..core.types import Panel2D
from .base import MarginStrategy


class Setting(NamedTuple):
    """What targets are computed from."""

    panel: Panel  # the history as decisions see it (`published`), sessions before the run included
    first: int  # row of `panel` on which the run begins
    shortable: Panel2D  # (T - first, N), 1 where the security is on the short list, by sessions of the run
    score: Panel2D | None  # (T, N) of the rule; None where the strategy takes none


class TargetStrategy(MarginStrategy):
    """A strategy whose decisions are a table of target weights.

    A subclass defines `targets`. Such a strategy knows nothing of the account, so any engine can run it.
    """

    @classmethod
    def targets(cls, setting: Setting, parameters: Mapping[str, Any]) -> Panel2D:  # noqa: ARG003 - subclasses read them
        """Return target weights (T - first, N) by session of the run.

        Signed fractions of equity; NaN = leave the security alone; a row of NaN = no order after this session.
        """
        raise ConfigError(f"strategy `{cls.__name__}` should define targets(setting, parameters)")

    @classmethod
    def table(cls, setting: Setting, parameters: Mapping[str, Any], lead: int = 0) -> Panel2D:
        """Return the targets of every session of the run, as engines carry them out.

        Parameters
        ----------
        setting : Setting
        parameters : mapping
            Checked, with defaults.
        lead : int
            As in `MarginStrategy`: with 1 nothing can be decided for the first session, so the targets begin with the
            second, and the first row is NaN.

        Returns
        -------
        float64 (T - first, N)

        Raises
        ------
        ConfigError
            Targets of another shape.
        """
        decided = setting._replace(first=setting.first + lead, shortable=setting.shortable[lead:])
        weights = np.asarray(cls.targets(decided, parameters), dtype=np.float64)
        count, size = setting.panel.shape
        expected = (count - decided.first, size)
        if weights.shape != expected:
            raise ConfigError(
                f"`targets` of strategy `{cls.__name__}` should return (sessions of the run, securities) = {expected}, "
                f"got {weights.shape}"
            )
        return np.vstack([np.full((lead, size), np.nan), weights]) if lead else weights

    def prepare(self, panel: Panel) -> None:
        """Compute the targets of the whole run."""
        score = None if self.p.rule is None else self.p.rule.score(panel)
        setting = Setting(panel, self.p.first, self.broker.market.shortable(), score)
        self.weights = self.table(setting, {p.name: getattr(self.p, p.name) for p in self.PARAMETERS}, self.p.lead)

    def decide(self) -> None:
        """Submit the orders that bring the account to this session's targets."""
        weights = self.weights[self.session]
        if not np.isnan(weights).all():
            self.order_to_weights(weights)
