"""What makes balances of large and small companies comparable: the float cap, or the mean turnover without one.

A z-score or a rank over time compares a security with itself, so it needs neither: the scale `own`.
"""

from ...core.ideas.rule import parameter
from ...core.kernels.elementwise import change_over, ratio
from ...core.kernels.rolling import rolling_mean
from ...core.panel.panel import Panel
from ...core.types import Panel2D

SCALES = ("float_cap", "turnover")
OWN = "own"
"""The scale of a series that is judged against its own history: M = 1."""


def scale_parameter(*, own: bool = False) -> str:
    """Declare the parameter `scale` of a rule that divides by M; `own` where it compares over time."""
    words = "M, what CNY are divided by: float cap or mean turnover"
    return parameter("float_cap", f"{words}; own: nothing" if own else words, choices=(*SCALES, OWN) if own else SCALES)


def scale_window_parameter() -> int:
    """Declare the parameter `scale_window` of a rule that divides by M."""
    return parameter(20, "sessions of the mean turnover, where `scale` is turnover", low=1)


def scaled(
    values: Panel2D, panel: Panel, scale: str, scale_window: int, *, times: float = 1.0, plus: float = 0.0
) -> Panel2D:
    """Return `times` x `values` / M + `plus`.

    Parameters
    ----------
    values : float64 (T, N), CNY
    panel : Panel
        With `float_cap` or `amount`, as the scale needs.
    scale : str
        ``float_cap``: M is the float cap of the session. ``turnover``: M is the mean amount of the last
        `scale_window` sessions. ``own``: M is 1.
    scale_window : int, sessions
    times : float
    plus : float, fraction of M

    Returns
    -------
    float64 (T, N)
        Fraction of M.

    Notes
    -----
    NaN where M is NaN or not positive. A suspended session has no amount and does not count; the mean needs half of
    its sessions, because one suspension should not silence the security for a whole window.
    """
    if scale == OWN:
        return ratio(values, 1.0, times=times, plus=plus)
    if scale == "float_cap":
        return ratio(values, panel["float_cap"], times=times, plus=plus)
    mean = mean_turnover(panel, scale_window)
    return ratio(values, mean, times=times, plus=plus, out=mean)


def change_scaled(
    values: Panel2D, sessions: int, panel: Panel, scale: str, scale_window: int, *, until: int = 0, times: float = 1.0
) -> Panel2D:
    """Return `times` x (`values` `until` sessions ago less those `sessions` ago) / M; the rest as `scaled`."""
    by = panel["float_cap"] if scale == "float_cap" else mean_turnover(panel, scale_window)
    return change_over(values, sessions, by, until=until, times=times)


def mean_turnover(panel: Panel, window: int) -> Panel2D:
    """Return mean(A, `window`) (T, N), CNY, of the sessions that have an amount; half of them suffice."""
    return rolling_mean(panel["amount"], window, min_count=half(window))


def scale_needs(scale: str) -> tuple[str, ...]:
    """Return the field that M is computed from, if any."""
    return {"float_cap": ("float_cap",), "turnover": ("amount",), OWN: ()}[scale]


def scale_warmup(scale: str, scale_window: int) -> int:
    """Return after how many sessions M is known first."""
    return half(scale_window) if scale == "turnover" else 1


def half(window: int) -> int:
    """Return the fewest values of a window in which suspended sessions may lack theirs: half of it, rounded up."""
    return (window + 1) // 2
