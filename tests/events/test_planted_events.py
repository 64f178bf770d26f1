"""The whole study of events on synthetic markets, where a move of known size was planted on the day of each event."""

import numpy as np
import pytest
from honesty import stated
from liangrong.core.events.event_design import EventDesign
from liangrong.core.events.event_rows import Event
from liangrong.core.events.outcome import event_study
from liangrong.core.synthetic.synthetic import generate

PLAN = EventDesign(before=5, after=10, placebos=300)
EVENTS = 40


def verdict(seed, effect):
    """Return the verdict on 40 days drawn by chance, from each of which on all prices are higher by `effect`."""
    panel, random = generate(seed=seed, securities=60, sessions=300, signal=0.0), np.random.default_rng(seed)
    drawn = zip(random.integers(90, 280, 200), random.integers(0, 60, 200), strict=True)
    days = [(int(t), int(j)) for t, j in drawn if np.isfinite(panel["close"][t - 80 : t + 12, j]).all()][:EVENTS]
    assert len(days) == EVENTS
    names = ("open", "high", "low", "close", "pre_close", "limit_up", "limit_down")
    fields = {name: panel[name].copy() for name in names}
    for t, j in days:
        for name in names:
            fields[name][t + (name in names[4:]) :, j] *= 1.0 + effect
    events = [Event(t, j, "planted") for t, j in days]
    return event_study(panel.with_fields(fields), events, PLAN, "planted").kinds[0]["verdict"]


@pytest.mark.slow
@pytest.mark.parametrize(("effect", "least"), [(0.0, 0), (0.02, 1), (0.04, 5)])
def test_what_was_planted_is_found(effect, least):
    found = [verdict(seed, effect) for seed in range(8)]
    sure = sum(one == "rise" for one in found) if effect else sum(one != "not shown" for one in found)
    stated(f"events_planted_{effect}", sure, len(found))
    assert least <= sure <= (8 if effect else 2)
