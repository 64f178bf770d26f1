"""The options of an account as compiled code reads them: every number and every choice of the models, by its name.

Nothing is listed here: an option is declared in its model, with unit, range and meaning, and reaches both engines by
its name as a field of `Options`. A choice becomes the place of its word among those of the declaration (`code`); an
absent number becomes what its declaration says (`Absent`), else NaN, or -1 where it is whole.
"""

import math
import types
from collections import namedtuple
from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, Union, get_args, get_origin

from pydantic.fields import FieldInfo

from .credit_account import AccountConfig
from .lines import LinesConfig
from .run import Conditions, CostsConfig, ExecutionConfig, MarketConfig
from .values import Absent, Model, Word


def _declared(model: type[Model], path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], FieldInfo]]:
    """Yield every option of a model with its keys from the root, those of its sections included."""
    for name, field in model.model_fields.items():
        if isinstance(field.annotation, type) and issubclass(field.annotation, Model):
            yield from _declared(field.annotation, (*path, name))
        else:
            yield (*path, name), field


def _leaves(annotation: Any) -> tuple[Any, ...]:
    """Return the types that a field takes, without None."""
    origin = get_origin(annotation)
    if origin is Annotated:
        return _leaves(get_args(annotation)[0])
    if origin in (Union, types.UnionType):
        return tuple(leaf for part in get_args(annotation) for leaf in _leaves(part))
    return () if annotation is type(None) else (annotation,)


def _is_compiled(field: FieldInfo) -> bool:
    leaves = _numbers(field)
    return len(leaves) == 1 and (leaves[0] in (bool, int, float) or get_origin(leaves[0]) is Literal)


def _numbers(field: FieldInfo) -> tuple[Any, ...]:
    """Return the types that a field takes, without None and without a word that stands for a number (`Word`)."""
    leaves = _leaves(field.annotation)
    has_word = any(isinstance(item, Word) for item in field.metadata)
    return tuple(leaf for leaf in leaves if not (has_word and get_origin(leaf) is Literal))


_FIELDS = {path[-1]: (path, field) for path, field in _declared(Conditions) if _is_compiled(field)}

if TYPE_CHECKING:

    class Options(AccountConfig, LinesConfig, CostsConfig, MarketConfig, ExecutionConfig):
        """The options by name, as their models declare them."""

        _fields: ClassVar[tuple[str, ...]]

        def _replace(self, **changes: Any) -> "Options": ...
else:
    Options = namedtuple("Options", _FIELDS)


def options_of(conditions: Conditions) -> Options:
    """Return the options of an account in the types that kernels are compiled for: float, int and bool."""
    values: dict[str, Any] = {
        name: _compiled(field, _value(conditions, path)) for name, (path, field) in _FIELDS.items()
    }
    return Options(**values)


def code(name: str, choice: str) -> int:
    """Return the number by which compiled code knows the `choice` of the option `name`."""
    return get_args(_leaves(_FIELDS[name][1].annotation)[0]).index(choice)


def _value(conditions: Conditions, path: tuple[str, ...]) -> Any:
    value: Any = conditions
    for name in path:
        value = getattr(value, name)
    return value


def _compiled(field: FieldInfo, value: Any) -> float | int | bool:
    kind = _numbers(field)[0]
    for item in field.metadata:
        if isinstance(item, Word) and value == item.word:
            return item.value
    if get_origin(kind) is Literal:
        return -1 if value is None else get_args(kind).index(value)
    if value is None:
        absent = next((item.value for item in field.metadata if isinstance(item, Absent)), None)
        value = (math.nan if kind is float else -1) if absent is None else absent
    return kind(value)


DEFAULTS = options_of(Conditions())
"""Those of a configuration that says nothing."""
