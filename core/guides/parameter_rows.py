"""Parameters of a rule or a strategy as rows of a table."""

from collections.abc import Iterable

from ..ideas.parameters import Parameter
from ..pages.language import say
from .key_rows import bounds, plain
from .markdown import code, table


def parameters_table(parameters: Iterable[Parameter]) -> str:
    """Return name, what it takes, default and meaning of each, in the language that is spoken."""
    head = (say("Parameter"), say("Takes"), say("Default"), say("Meaning"))
    return table(head, ((code(one.name), _takes(one), code(plain(one.default)), say(one.doc)) for one in parameters))


def _takes(one: Parameter) -> str:
    if one.choices is not None:
        return ", ".join(code(plain(choice)) for choice in one.choices)
    words = {
        int: say("whole number"),
        float: say("number"),
        bool: "`true`, `false`",
        str: say("Text").lower(),
        tuple: say("list: {what}", what=say("number")),
    }
    return words[one.kind] + bounds(one.low, one.high)
