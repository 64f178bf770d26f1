"""States down the days, said in words, and as users of other libraries write them."""

import math

import numpy as np
from liangrong.core.kernels import hysteresis

from . import Contest


def hysteresis_column(column, enter, leave):
    """Outside the outer lines the side is clear, inside the inner ones the state ends."""
    state, found = 0, []
    for value in column:
        if math.isnan(value):
            pass
        elif value > enter:
            state = 1
        elif value < -enter:
            state = -1
        elif (state == 1 and value < leave) or (state == -1 and value > -leave):
            state = 0
        found.append(state)
    return found


def trend_age_column(column):
    """Look back from each observation for as long as the sign is its own."""
    seen, found = [], []
    for value in column:
        if math.isnan(value):
            found.append(math.nan)
            continue
        sign = (value > 0) - (value < 0)
        seen.append(sign)
        lasted = 0
        while lasted < len(seen) and seen[-1 - lasted] == sign:
            lasted += 1
        found.append(float(lasted * sign))
    return found


def by_column(function):
    """Return the oracle of a (T, N) panel out of that of one column."""

    def panel(values, *arguments):
        values = np.asarray(values, dtype=np.float64)
        columns = [function(values[:, j].tolist(), *arguments) for j in range(values.shape[1])]
        return np.array(columns, dtype=np.float64).reshape(values.shape[::-1]).T

    return panel


# --- rivals: pandas on a frame (T, N), polars on its columns, bottleneck on an array -------------------------------


def pandas_hysteresis(frame, enter, leave):
    """Mark where each side begins and ends, and carry the marks forward; right for `leave` of 0 or more."""

    def side(signal):
        marks = (signal > enter).astype(float).where((signal > enter) | (signal < leave))
        return marks.ffill().fillna(0.0)

    return side(frame) - side(-frame)


def polars_hysteresis(frame, enter, leave):
    import polars as pl

    def side(signal):
        marks = pl.when(signal > enter).then(1.0).when(signal < leave).then(0.0)
        return marks.forward_fill().fill_null(0.0)

    return frame.select((side(pl.col(name)) - side(-pl.col(name))).alias(name) for name in frame.columns)


def bottleneck_hysteresis(values, enter, leave):
    import bottleneck as bn

    def side(signal):
        marks = np.where(signal > enter, 1.0, np.where(signal < leave, 0.0, np.nan))
        return np.nan_to_num(bn.push(marks, axis=0))

    return side(values) - side(-values)


def pandas_trend_age(frame):
    """Count observations since the sign last changed, column by column; there is no form for whole frames."""

    def age(column):
        sign = np.sign(column.dropna())
        run = (sign != sign.shift()).cumsum()
        return ((sign.groupby(run).cumcount() + 1) * sign).reindex(column.index)

    return frame.apply(age)


def polars_trend_age(frame):
    import polars as pl

    def age(name):
        sign = pl.col(name).sign().forward_fill()
        run = sign.rle_id()
        count = pl.col(name).is_not_null().cast(pl.Int64).cum_sum().over(run)
        return pl.when(pl.col(name).is_not_null()).then(count * pl.col(name).sign()).alias(name)

    return frame.select(age(name) for name in frame.columns)


def vectorbt_trend_age(frame):
    """Rank signals within their partitions; NaN would end one, so this is for panels without gaps."""
    import vectorbt as vbt

    del vbt  # importing it registers the accessor
    rise, fall = (frame > 0.0).vbt.signals.pos_rank(), (frame < 0.0).vbt.signals.pos_rank()
    return (rise + 1) - (fall + 1)


KERNELS = {
    "hysteresis": Contest(
        hysteresis.hysteresis,
        by_column(hysteresis_column),
        {"pandas": pandas_hysteresis, "polars": polars_hysteresis, "bottleneck": bottleneck_hysteresis},
    ),
    "trend_age": Contest(
        hysteresis.trend_age,
        by_column(trend_age_column),
        {"pandas": pandas_trend_age, "polars": polars_trend_age, "vectorbt": vectorbt_trend_age},
    ),
}
