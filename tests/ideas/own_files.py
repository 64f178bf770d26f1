"""Rules and strategies in files of the user's own, for tests."""

RULE = '''
import numpy as np
from liangrong.strategies.rules import Rule, parameter


class Growth(Rule):
    """Growth of the financing balance.

    Claim: what is financed more rises.
    Formula: F / F of `window` sessions before - 1
    """

    NEEDS = ("financing_balance", "close")
    window: int = parameter(5, "sessions", low=1)

    def score(self, panel):
        balance = panel["financing_balance"]
        out = np.full(balance.shape, np.nan)
        out[self.window :] = balance[self.window :] / balance[: -self.window] - 1.0
        return out


class ReadsTomorrow(Growth):
    """Knows whether the price will rise."""

    def score(self, panel):
        score, price = Growth.score(self, panel), panel["close"]
        score[:-1] += 1e-9 * (price[1:] > price[:-1])
        return score


class KnowsTheMean(Growth):
    """Knows the mean of the whole history."""

    def score(self, panel):
        balance = panel["financing_balance"]
        return balance / np.nansum(balance, axis=0)


class KnowsTheLength(Growth):
    """Knows how long the history is."""

    def score(self, panel):
        return Growth.score(self, panel) + len(panel.sessions)
'''

STRATEGY = '''
import numpy as np
from liangrong.strategies import MarginStrategy, Parameter
from liangrong.core.ideas.target_strategy import TargetStrategy


class Best(TargetStrategy):
    """Hold the five best."""

    USES_RULE = True
    PARAMETERS = (Parameter("every", int, 5, "sessions", low=1),)

    @classmethod
    def targets(cls, setting, parameters):
        score = setting.score[setting.first :]
        weights = np.full(score.shape, np.nan)
        for t in range(0, len(score), parameters["every"]):
            if np.isfinite(score[t]).sum() >= 5:
                weights[t] = 0.0
                weights[t, np.argsort(np.where(np.isfinite(score[t]), -score[t], np.inf))[:5]] = 0.19
        return weights


class Rises(MarginStrategy):
    """Buy where the balance rose; looks at its account."""

    NEEDS = ("close", "financing_balance")

    def decide(self):
        balance = self.balance()
        long, _ = self.broker.holdings()
        weights = np.full(len(long), np.nan)
        if self.t:
            rises = balance[self.t] > balance[self.t - 1]
            weights[rises & (long == 0)] = 0.04
            weights[~rises & (long > 0)] = 0.0
        if not np.isnan(weights).all():
            self.order_to_weights(weights)

    def balance(self):
        return self.history["financing_balance"]


class RisesUnpublished(Rises):
    """The same, past the publication: it reads the balance of the day that is not public at its close."""

    def balance(self):
        return self.datas[0].panel["financing_balance"]
'''


def write(folder):
    """Write rule.py and strategy.py into `folder`."""
    (folder / "rule.py").write_text(RULE)
    (folder / "strategy.py").write_text(STRATEGY)
    return folder
