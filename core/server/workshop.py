"""Which function carries out which tool: what a process that is asked for one calls."""

from collections.abc import Callable, Mapping
from typing import Any

from ..config.layers import reading_only
from . import evidence_tools, reading_tools, resources, working_tools
from .arguments import checked
from .borders import OWN_VARIABLES
from .served_call import Call
from .toolbox import INNER, TOOLS

Work = Callable[[Mapping[str, Any], Call], dict[str, Any]]

_FUNCTIONS: tuple[Work, ...] = (
    *(reading_tools.list_rules, reading_tools.explain_rule, reading_tools.list_strategies),
    *(reading_tools.explain_strategy, reading_tools.guide, reading_tools.schema),
    *(reading_tools.list_datasets, reading_tools.data_info, reading_tools.list_runs, reading_tools.show_run),
    *(working_tools.data_audit, working_tools.check, working_tools.run, working_tools.compare),
    *(working_tools.study, evidence_tools.study_behaviour, evidence_tools.study_events, working_tools.lookahead),
    *(resources.list_resources, resources.read_resource),
)
WORK: Mapping[str, Work] = {function.__name__: function for function in _FUNCTIONS}
"""Tool -> what carries it out."""


def answered(name: str, arguments: Mapping[str, Any], call: Call) -> dict[str, Any]:
    """Return the answer of a tool.

    Raises
    ------
    LiangrongError
        Arguments that it does not take, and whatever cannot be done as asked.
    """
    tool = TOOLS.get(name) or INNER[name]
    with reading_only(OWN_VARIABLES):
        return WORK[name](checked(tool.arguments, arguments, name), call)
