"""The tools that study no rule: who trades after what, and what followed events."""

from collections.abc import Mapping
from typing import Any

from .borders import Borders
from .judged_answer import judged_answer
from .resource_names import folder_resources
from .served_call import Call
from .working_tools import studied_config

Arguments = Mapping[str, Any]


def study_behaviour(arguments: Arguments, call: Call) -> dict[str, Any]:
    """Answer with what margin buyers and short sellers did after rises and falls; written to `studies/behaviour`."""
    from ..behaviour.behaviour_command import behaviour_of, save_behaviour
    from ..behaviour.lag_design import LagDesign, given_lags
    from ..pages.language import speaking

    design = LagDesign(lags=given_lags(arguments["lags"]), weekly=arguments["weekly"], scale=arguments["scale"])
    config, _ = studied_config(arguments, call)
    place = call.borders.writable("studies", "behaviour")
    with speaking(arguments["lang"]):
        made = behaviour_of(config, design, progress=lambda what, done, total: call.report(done, total, what))
        save_behaviour(made, place)
    words = f"{made.words} Each t is held against those of flows moved to other dates."
    is_judged = any(verdict not in ("too short", "no answer") for verdict in made.verdicts.values())
    verdict = {"luck": {"judged": is_judged, "verdicts": dict(made.verdicts), "words": words}, **_of_data(made)}
    files = folder_resources(place, call.borders.root)
    return judged_answer("behaviour", made, verdict, files, folder=place, report=place / "report.html")


def study_events(arguments: Arguments, call: Call) -> dict[str, Any]:
    """Answer with what followed events; written below `studies`."""
    from ..events.event_design import EventDesign
    from ..events.study_of_events import save_events
    from ..events.study_of_events import study_events as studied
    from ..pages.language import speaking
    from ..study.names import folder_name

    plan = EventDesign(before=arguments["before"], after=arguments["after"], against=arguments["against"])
    spec = _events(arguments["events"], call.borders)
    config, _ = studied_config(arguments, call)
    with speaking(arguments["lang"]):
        made = studied(config, spec, plan, lambda what, done, total: call.report(done, total, what))
        place = call.borders.writable("studies", f"events_{folder_name(made.name)}")
        save_events(made, place)
    verdicts = {str(one["kind"]): str(one["verdict"]) for one in made.kinds}
    is_judged = any(verdict != "no answer" for verdict in verdicts.values())
    luck = {"judged": is_judged, "trials": len(verdicts), "verdicts": verdicts, "words": made.words}
    files = folder_resources(place, call.borders.root)
    places = {"folder": place, "report": place / "report.html"}
    return judged_answer("event_study", made, {"luck": luck, **_of_data(made)}, files, **places)


def _events(given: str, borders: Borders) -> str:
    """Return what is studied: lists, rulebook, or a file that a client may read."""
    from ..events.study_of_events import SPECS

    return given if given in SPECS else str(borders.readable(given, "events"))


def _of_data(made: Any) -> dict[str, Any]:
    return {"data": {"source": made.source, "synthetic": made.synthetic, "notes": list(made.notes)}}
