"""A comparison none of whose trials has a Sharpe ratio: there is nothing to rank, to choose from or to judge."""

import numpy as np
from numpy.typing import ArrayLike

from ..pages.language import say


def none_has(ratios: ArrayLike) -> bool:
    """Return whether no Sharpe ratio (K,) of the trials exists, since their equity never moved."""
    return bool(np.isnan(np.asarray(ratios, dtype=np.float64)).all())


def none_words() -> str:
    """Say so."""
    return say("No trial has a Sharpe ratio: none of them traded.")
