"""Rules and strategies each of which breaks its contract in one way; `GOOD` ones beside them break none."""

import itertools

import liangrong as lr
import numpy as np

COUNTER = itertools.count()
MEMORY = {}


class Good(lr.Rule):
    """Five sessions' change of the balance."""

    NEEDS = ("financing_balance",)
    sessions: int = lr.parameter(5, "sessions of the change", low=1)

    def score(self, panel):
        return lr.kernels.relative_change(panel["financing_balance"], self.sessions)


class Peeks(Good):
    def score(self, panel):
        score = super().score(panel)
        score[:-1] = score[1:]
        return score


class MarksTheLastOfAMonth(Good):
    """Whether a session is the last of its month is known on the next one."""

    def score(self, panel):
        months = panel.sessions.astype("datetime64[M]")
        last = np.append(months[1:] != months[:-1], False)
        return super().score(panel) + last[:, None]


class PeeksOnce(Good):
    def score(self, panel):
        score = super().score(panel)
        if len(score) > 201:
            score[200] += np.nan_to_num(panel["financing_balance"][201])
        return score


class KnowsTheLength(Good):
    def score(self, panel):
        return super().score(panel) / len(panel.sessions)


class Fills(Good):
    def score(self, panel):
        return np.nan_to_num(super().score(panel))


class CountsTheUnknown(Good):
    def score(self, panel):
        score = super().score(panel)
        return np.where(np.isnan(score), np.nan, np.nan_to_num(score).mean(axis=1, keepdims=True) + 0.0 * score)


class NeedsMore(Good):
    def score(self, panel):
        return super().score(panel) * panel["close"]


class ReadsMore(Good):
    def score(self, panel):
        return super().score(panel) * (2.0 if "close" in panel else 1.0)


class Writes(Good):
    def score(self, panel):
        values = panel["financing_balance"]
        values.flags.writeable = True if values.base is None else values.base.flags.writeable
        values = values.base if values.base is not None else values
        values[0] = 0.0
        return super().score(panel)


class GivesAView(Good):
    def score(self, panel):
        return panel["financing_balance"]


class Draws(Good):
    def score(self, panel):
        return super().score(panel) + next(COUNTER)


class Narrow(Good):
    def score(self, panel):
        return super().score(panel)[:, 0]


class Whole(Good):
    def score(self, panel):
        return np.isfinite(super().score(panel)).astype(int)


class Boundless(Good):
    def score(self, panel):
        with np.errstate(divide="ignore"):
            return super().score(panel) / 0.0


class Silent(Good):
    def score(self, panel):
        return np.full(panel.shape, np.nan)


class Fails(Good):
    def score(self, panel):
        return panel.symbols and {}["nothing"]


class Unworded(Good):
    more: int = lr.parameter(1, " ")


class OutOfBounds(Good):
    more: int = lr.parameter(1, "sessions", low=2)


class UpsideDown(Good):
    more: int = lr.parameter(1, "sessions", low=2, high=1)


class Unknown(Good):
    NEEDS = ("financing_balance", "mood")


class Target(lr.TargetStrategy):
    """The best half of the market, without a rule."""

    PARAMETERS = (lr.Parameter("weight", float, 0.1, "fraction of equity", low=0.0, high=1.0),)
    NEEDS = ("close",)

    @classmethod
    def targets(cls, setting, parameters):
        close = setting.panel["close"][setting.first :]
        return np.where(np.isnan(close), np.nan, parameters["weight"])


class TargetPeeks(Target):
    @classmethod
    def targets(cls, setting, parameters):
        weights = super().targets(setting, parameters)
        return np.where(np.isnan(weights[-1:]), 0.0, weights)


class TargetMarksTheLastOfAMonth(Target):
    @classmethod
    def targets(cls, setting, parameters):
        months = setting.panel.sessions[setting.first :].astype("datetime64[M]")
        return super().targets(setting, parameters) * np.append(months[1:] != months[:-1], False)[:, None]


class TargetWritesScore(Target):
    USES_RULE = True

    @classmethod
    def targets(cls, setting, parameters):
        setting.score[:] = 0.0
        return super().targets(setting, parameters)


class TargetReadsMore(Target):
    @classmethod
    def targets(cls, setting, parameters):
        return super().targets(setting, parameters) * (0.5 if "volume" in setting.panel else 1.0)


class TargetDraws(Target):
    @classmethod
    def targets(cls, setting, parameters):
        return super().targets(setting, parameters) * next(COUNTER)


class TargetWantsTheUnknown(Target):
    @classmethod
    def targets(cls, setting, parameters):
        return np.nan_to_num(super().targets(setting, parameters), nan=0.2)


class TargetNarrow(Target):
    @classmethod
    def targets(cls, setting, parameters):
        return super().targets(setting, parameters)[1:]


class TargetUnknown(Target):
    NEEDS = ("mood",)


class TargetOutOfBounds(Target):
    PARAMETERS = (lr.Parameter("weight", float, 2.0, "fraction of equity", low=0.0, high=1.0),)


class Event(lr.MarginStrategy):
    """Buys what it holds none of, once."""

    NEEDS = ("close",)

    def decide(self):
        if self.session == 20:
            self.buy_collateral(0, 1000)


class EventPeeks(Event):
    def decide(self):
        ahead = self.history["close"][-1, 0]
        if self.session == 20:
            self.buy_collateral(0, 1000 if int(ahead * 100) % 2 else 2000)
        if self.session > 20 and self.session % 7 == 0:
            self.buy_collateral(1, 100 * (1 + int(np.nan_to_num(ahead) * 100) % 9))


class EventNeedsMore(Event):
    def prepare(self, panel):
        self.balance = panel["financing_balance"]


class EventReadsMore(Event):
    def decide(self):
        if self.session == 20:
            self.buy_collateral(0, 1000 if "financing_balance" in self.history else 2000)


class EventSaysWhatItNeeds(EventNeedsMore):
    NEEDS = ("financing_balance",)

    def prepare(self, panel):
        super().prepare(panel)
        self.derived = panel["suspended"] + panel["pre_close"] + panel["close"]
