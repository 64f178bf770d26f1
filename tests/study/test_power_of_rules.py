"""Rules on synthetic markets in which flows foretell the next session as much as `signal` says, or not at all."""

import liangrong as lr
import pytest
from honesty import stated
from liangrong.core.study.side_by_side import SideBySide

RULES = ("net_financing_rate", "spread_momentum", "net_buy_days")
SEEDS = range(5)


def supported(signal):
    """Return for each rule the verdicts on the markets of the seeds."""
    found = {rule: [] for rule in RULES}
    for seed in SEEDS:
        options = {"sessions": 400, "securities": 60, "seed": seed, "signal": signal}
        config = {"name": "bench", "data": {"source": "synthetic", "options": options}}
        config["strategy"] = {"name": "buy_and_hold"}
        made = lr.study(RULES, config, horizons=(5,))
        assert isinstance(made, SideBySide)
        table = made.table.set_index("rule")
        for rule in RULES:
            found[rule].append(table.loc[rule, "verdict"])
    return found


@pytest.mark.slow
@pytest.mark.parametrize("signal", [0.03, 0.06, 0.1])
def test_power_by_the_strength_of_the_signal(signal):
    found = {rule: sum(verdict == "supported" for verdict in told) for rule, told in supported(signal).items()}
    for rule, count in found.items():
        stated(f"signal_{signal}_{rule}", count, len(SEEDS))
    if signal == 0.1:
        assert found["net_financing_rate"] >= 4
        assert found["net_financing_rate"] >= found["net_buy_days"]


@pytest.mark.slow
def test_without_a_signal_nothing_is_supported():
    told = [verdict for verdicts in supported(0.0).values() for verdict in verdicts]
    stated("signal_none", sum(verdict != "not shown" for verdict in told), len(told))
    assert sum(verdict != "not shown" for verdict in told) <= 3
