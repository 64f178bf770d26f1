"""Feed, engine and broker as classes of backtrader: parameters, lines and packages pass on to subclasses."""

import backtrader as bt
from broker.test_stock_suite import PANEL
from liangrong.core.broker.cerebro import PanelCerebro
from liangrong.core.broker.credit_broker import CreditBroker
from liangrong.core.broker.easy import credit_broker
from liangrong.core.broker.feed import PanelFeed


class WithParams(bt.metabase.ParamsBase):
    frompackages = (("math", ("factorial",)),)
    packages = ("statistics",)
    params = (("a", 1), ("b", 2))


def test_classes_of_ours_are_classes_of_backtrader():
    """Parameters, lines and packages pass on to subclasses as they do in backtrader."""

    class Mine(WithParams):
        # pyrefly: ignore[bad-override]  backtrader adds them to the parent's
        params = (("b", 3), ("c", 4))

        def __init__(self):
            # pyrefly: ignore[unknown-name]  the metaclass puts them there
            self.figures = factorial(4), statistics.mean([1, 3])  # noqa: F821 - put there by the metaclass

    # pyrefly: ignore[unexpected-keyword]  backtrader's metaclass passes arguments on
    assert (Mine(a=9).p.a, Mine().p.b, Mine().p.c, Mine().figures) == (9, 3, 4, (24, 2))

    class MyFeed(PanelFeed):
        lines = ("weight",)
        params = (("column", 1), ("extra", 7))

        def next(self, *args, **kwargs):
            return super().next(*args, **kwargs)

    class MyBroker(CreditBroker):
        # pyrefly: ignore[bad-override]  backtrader adds them to the parent's
        params = (("refusal_line", False), ("own", "x"))

    class MyCerebro(PanelCerebro):
        # pyrefly: ignore[bad-override]  backtrader adds them to the parent's
        params = (("own", 5), ("stdstats", True))

    assert MyFeed.lines.getlinealiases()[-2:] == ("suspended", "weight")
    assert MyCerebro().p.own == 5
    # pyrefly: ignore[unexpected-keyword]  backtrader's metaclass passes arguments on
    assert MyCerebro(stdstats=False).p.stdstats is False
    made = credit_broker(PANEL)
    mine = MyBroker(market=made.p.market, schedule=made.p.schedule, own="y")
    assert (mine.p.refusal_line, mine.p.own, mine.p.progress) == (False, "y", None)
    assert isinstance(mine, bt.brokers.BackBroker)
