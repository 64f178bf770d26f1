"""Conditions of an account from its options, each by its own name: its model is looked up where it is declared."""

from collections.abc import Iterator
from typing import Any

from liangrong.core.config.run import Conditions
from liangrong.core.config.values import Model
from liangrong.core.config.yaml_file import checked

ALONE = {"value": 0.0, "override": True}
"""Nothing in the place of a dated rule."""

UNTAXED: dict[str, Any] = {"stamp_duty_rate": ALONE, "transfer_fee_rate": ALONE}
FREE: dict[str, Any] = {"commission_rate": 0.0, "commission_minimum": 0.0, **UNTAXED}
"""No fees, so that hand arithmetic shows one thing at a time; interest as ever."""


def places(model: type[Model] = Conditions, path: tuple[str, ...] = ()) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield each option with the sections that it stands in."""
    for name, field in model.model_fields.items():
        if isinstance(field.annotation, type) and issubclass(field.annotation, Model):
            yield from places(field.annotation, (*path, name))
        yield name, path


PLACES = dict(places())


def sections(**options: Any) -> dict[str, Any]:
    """Return the sections of a configuration that hold `options`, as `credit_broker` takes them."""
    made: dict[str, Any] = {}
    for name, value in options.items():
        target = made
        for section in PLACES[name]:
            target = target.setdefault(section, {})
        target[name] = value
    return made


def conditions(**options: Any) -> Conditions:
    """Return conditions that limit neither volume nor short supply, with `options`."""
    return checked(sections(**{"volume_share": None, "borrow_share": None, **options}), "test", {}, Conditions)
