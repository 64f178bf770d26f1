"""States that a signal drives down the days."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..errors import ConfigError
from ..types import Panel2D
from ._jit import jit
from .arrays import as_panel


def hysteresis(signal: ArrayLike, enter: float, leave: float) -> Panel2D:
    """Return the state of a threshold with hysteresis (滞后).

    Parameters
    ----------
    signal : float64 (T, N)
        Any unit.
    enter : float
        State 1 begins above `enter`, state -1 below -`enter`.
    leave : float
        State 1 ends below `leave`, state -1 above -`leave`; not above `enter`.

    Returns
    -------
    float64 (T, N)
        1, 0 or -1.

    Raises
    ------
    ConfigError
        `leave` above `enter`, a negative `enter`, or NaN.
    DataError
        A `signal` that is not (T, N).

    Notes
    -----
    NaN keeps the state of the day before; the state is 0 before the first observation.
    """
    if not leave <= enter or not enter >= 0.0:
        raise ConfigError(f"`enter` should be 0 or more and `leave` not above it, got {enter:g} and {leave:g}")
    values = as_panel("signal", signal)
    out = np.empty(values.shape)
    _hysteresis(values, enter, leave, out)
    return out


@jit
def _hysteresis(signal: NDArray[np.float64], enter: float, leave: float, out: NDArray[np.float64]) -> None:
    for j in range(signal.shape[1]):
        state = 0.0
        for t in range(signal.shape[0]):
            value = signal[t, j]
            if (state > 0.0 and value < leave) or (state < 0.0 and value > -leave):
                state = 0.0
            if value > enter:
                state = 1.0
            elif value < -enter:
                state = -1.0
            out[t, j] = state
