"""Abnormal returns whose truth is known: independent or with a common factor, calm or stirred up by the event."""

from typing import NamedTuple

import numpy as np
from liangrong.core.events.event_design import EventDesign
from liangrong.core.events.event_rows import Event
from liangrong.core.events.event_tests import all_tests
from liangrong.core.events.event_windows import windows_of
from liangrong.core.events.placebo import placebo_of
from liangrong.core.events.verdict import judged

PLAN = EventDesign(before=5, after=10, estimation=60, placebos=200)
SESSIONS = 200
SPAN = PLAN.spans["day 0 and after"]


class World(NamedTuple):
    """How returns come about and when events happen."""

    events: int = 40
    one_day: bool = False
    common: float = 0.0  # share of the variance that all have in common
    stirred: float = 1.0  # deviation of what is a security's own, from session 0 on, over the usual one
    effect: float = 0.0  # a session from session 0 on, in usual deviations


def drawn(world: World, seed: int):
    """Return the windows of events in a world."""
    random = np.random.default_rng(seed)
    first, last = PLAN.before + PLAN.estimation + 1, SESSIONS - PLAN.after - 1
    days = random.integers(first, last, size=world.events)
    if world.one_day:
        days[:] = days[0]
    usual = random.uniform(0.01, 0.03, size=world.events)
    own = random.normal(size=(SESSIONS, world.events)) * np.sqrt(1.0 - world.common)
    for j, t in enumerate(days):
        own[t : t + PLAN.after + 1, j] = own[t : t + PLAN.after + 1, j] * world.stirred + world.effect
    values = usual * (own + np.sqrt(world.common) * random.normal(size=(SESSIONS, 1)))
    events = [Event(int(t), j, "event") for j, t in enumerate(days)]

    def is_near(event):
        rows = np.arange(SESSIONS) - event.t
        return (rows >= -PLAN.before) & (rows <= PLAN.after)

    return windows_of(events, lambda event: values[:, event.j], is_near, PLAN, SESSIONS)


def rejected(world: World, times: int, seed: int = 0) -> dict[str, float]:
    """Return in what share of `times` worlds each test is beyond 1.96, the placebos beyond 5 %, the verdict sure."""
    found = []
    for n in range(times):
        windows = drawn(world, seed * 100_000 + n)
        tests = all_tests(windows, SPAN)
        placebo = placebo_of(windows, PLAN)
        effect = float(windows.window[:, SPAN].mean(axis=0).sum())
        share = (1.0 + placebo.share(effect, SPAN) * len(placebo.means)) / (1.0 + len(placebo.means))
        told = {"events": world.events, "days": len(windows.days), "placebos": len(placebo.means)}
        told["placebos_apart"] = placebo.apart
        verdict = judged({**tests, **told, "placebo_share": placebo.share(effect, SPAN)})["verdict"]
        beyond = {name: abs(t) > 1.96 for name, t in tests.items()}
        found.append({**beyond, "placebo": share <= 0.05, "verdict": verdict in ("rise", "fall")})
    return {name: float(np.mean([one[name] for one in found])) for name in found[0]}
