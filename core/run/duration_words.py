"""A time span in words."""


def duration(seconds: float) -> str:
    """Return a time span in the unit that fits, at least a second."""
    if seconds < 90.0:
        return f"{max(1, round(seconds))} s"
    return f"{round(seconds / 60.0)} min" if seconds < 5400.0 else f"{seconds / 3600.0:.1f} h"
