"""Every kind of answer that a program gets, declared once."""

from collections.abc import Mapping
from types import MappingProxyType

from .data_answers import DATA_ANSWERS
from .declared_kind import Kind
from .list_answers import LIST_ANSWERS
from .run_answers import RUN_ANSWERS

ANSWERS: Mapping[str, Kind] = MappingProxyType({**RUN_ANSWERS, **DATA_ANSWERS, **LIST_ANSWERS})
"""Kind -> its declaration, in the order of the guide."""
