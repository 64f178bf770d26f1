"""Portfolio forms: from the score of a rule to target weights."""

from ...core.ideas.form import Form
from .quantile import LongOnly, Quantile
from .threshold import Threshold
from .timing import Timing

FORMS: dict[str, type[Form]] = {
    "long_only": LongOnly,
    "quantile": Quantile,
    "threshold": Threshold,
    "timing": Timing,
}
"""The forms that a configuration may name."""

__all__ = ["FORMS", "Form", "LongOnly", "Quantile", "Threshold", "Timing"]
