"""What a rule or a strategy reads and the data do not have, in words, with what the data allow instead."""

from collections.abc import Collection, Iterator
from typing import Any

from ..errors import DataError
from ..panel.leverage import estimable

SETTING = "`strategy.rule.parameters.{name}` of a configuration, `--set {name}={value}` of a study"
"""How a command line states a parameter of a rule."""

AS_KEYS = '`parameters`: {{"{name}": "{value}"}}'
"""How a call with values does: of Python, of a tool."""

_OF_CHILD = "`parameters.{name}` of that rule among the `rules` of a configuration's rule"


def check_fields(
    what: str, needs: Collection[str], fields: Collection[str], rule: Any = None, setting: str = SETTING
) -> None:
    """Refuse data that lack a field.

    Parameters
    ----------
    what : str
        Who needs it, such as ``rule `spread_level```.
    needs, fields : collection of str
        What is read; what the data have.
    rule : Rule, optional
        Whose choices of a scale may do without.
    setting : str
        How the asker states the parameter {name} of a rule with the value {value}.

    Raises
    ------
    DataError
        Naming the fields, and the choices that these data allow or else what they have.
    """
    given = {*fields, *(() if rule is None else estimable(fields))}  # of rules, see `rule_score`
    missing = [field for field in needs if field not in given]
    if missing:
        instead = "; ".join(_allowed(rule, fields, setting)) if rule is not None else ""
        raise DataError(
            f"{what} needs the field {', '.join(f'`{field}`' for field in missing)}, which the data do not have; "
            + (instead or f"they have {', '.join(sorted(fields))}")
        )


def _allowed(rule: Any, fields: Collection[str], setting: str) -> Iterator[str]:
    """Yield, for a rule and those it is made of, the choices with which it reads none but `fields`, in words."""
    for name, choices in rule.choices_within(fields).items():
        missing = ", ".join(f"`{field}`" for field in rule.needs() if field not in fields)
        yield (
            f"`{name}: {getattr(rule, name)}` needs {missing}; these data allow: {', '.join(map(str, choices))} "
            f"({setting.format(name=name, value=next(iter(choices)))})"
        )
    for child in getattr(rule, "rules", ()):
        yield from _allowed(child, fields, _OF_CHILD)
