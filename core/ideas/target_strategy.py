"""Strategies that are functions of the panel: target weights for every session, computed before the run."""

import inspect
import os
import traceback
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from ..errors import ConfigError, LiangrongError
from ..panel.leverage import with_leverage
from ..panel.panel import Panel
from ..types import Panel2D
from .own_modules import NOT_THE_USERS, said
from .rule import Rule
from .strategy import MarginStrategy


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
        score = None if self.p.rule is None else rule_score(self.p.rule, panel)
        setting = Setting(panel, self.p.first, self.broker.market.shortable(panel, self.p.first), score)
        self.weights = self.table(setting, {p.name: getattr(self.p, p.name) for p in self.PARAMETERS}, self.p.lead)

    def decide(self) -> None:
        """Submit the orders that bring the account to this session's targets."""
        weights = self.weights[self.session]
        if not np.isnan(weights).all():
            self.order_to_weights(weights)


def rule_score(rule: Rule, panel: Panel) -> Panel2D:
    """Return the score of a rule, which may be a user's own, as engines and studies read it.

    Parameters
    ----------
    rule : Rule
    panel : Panel
        As decisions see it. Estimated fields that the rule needs and the panel lacks are added.

    Returns
    -------
    float64 (T, N)
        NaN where a security is not in the universe of that session, if the panel has one (`in_universe`).

    Raises
    ------
    ConfigError
        The rule raised an error, or returned something other than (T, N) numbers, or infinite ones.
    """
    name = type(rule).__name__
    folder = os.getcwd()
    try:
        returned = rule.score(with_leverage(panel, rule.needs()))
    except (LiangrongError, *NOT_THE_USERS):
        raise
    except BaseException as error:  # whatever the user's file does, sys.exit too
        raise ConfigError(f"rule `{name}` failed at {_place(rule, error)}: {said(error)}") from error
    finally:
        os.chdir(folder)  # paths of the command are relative to it
    try:
        score = np.asarray(returned)
    except ValueError:  # a list of rows of different lengths
        score = np.empty(0, dtype=object)
    if score.shape != panel.shape or score.dtype.kind not in "fiub":
        got = f"{type(returned).__name__}, {score.dtype} {score.shape}"
        raise ConfigError(f"`score` of rule `{name}` should return numbers of the shape {panel.shape}, got {got}")
    score = score.astype(np.float64, copy=False)
    if np.isinf(score).any():
        raise ConfigError(_infinite(name, score, panel))
    members = panel.get("in_universe")
    return score if members is None else np.where(members > 0.0, score, np.nan)


def _infinite(name: str, score: Panel2D, panel: Panel) -> str:
    rows, columns = np.nonzero(np.isinf(score))
    first = f"{panel.symbols[columns[0]]} on {panel.sessions[rows[0]]}"
    return (
        f"`score` of rule `{name}` should return finite numbers, or NaN for no opinion, got {len(rows)} infinite, "
        f"first of {first}: where it divides, `np.where(x > 0, x, np.nan)` below the line leaves zeros out"
    )


def _place(rule: Rule, error: BaseException) -> str:
    """Return file:line of the innermost frame in a file that defines the rule, or one of those it is made of."""
    files = {inspect.getfile(type(one)) for one in _all(rule)}
    frames = traceback.extract_tb(error.__traceback__)
    frame = ([frame for frame in frames if frame.filename in files] or frames)[-1]
    return f"{Path(frame.filename).name}:{frame.lineno}"


def _all(rule: Rule) -> Iterator[Rule]:
    yield rule
    for child in getattr(rule, "rules", ()):
        yield from _all(child)
