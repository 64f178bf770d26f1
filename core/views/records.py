"""Tables of views as plain values, for JSON."""

from typing import Any

import pandas as pd


def records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Return one mapping for each row; days as texts, None where there is none."""
    dated = _dated(frame)
    return [dict(zip(dated.columns, row, strict=True)) for row in dated.itertuples(index=False)]


def columns(frame: pd.DataFrame) -> dict[str, list[Any]]:
    """Return column -> values; days as texts."""
    return {str(name): values.tolist() for name, values in _dated(frame).items()}


def _dated(frame: pd.DataFrame) -> pd.DataFrame:
    if "date" not in frame:
        return frame
    texts = [None if pd.isna(day) else f"{day:%Y-%m-%d}" for day in frame["date"]]
    return frame.assign(date=pd.Series(texts, index=frame.index, dtype=object))
