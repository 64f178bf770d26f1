"""The balance identities cell by cell in plain Python, and as a fast user of numpy, pandas and polars writes them."""

import math

import numpy as np
from liangrong.core.kernels import balance_series as fused
from liangrong.core.kernels import balances

from . import Contest

NAN = math.nan


def roll_balance(inflow, outflow, published=None, opening=None):
    sessions, securities = np.shape(inflow)
    result = np.empty((sessions, securities))
    for j in range(securities):
        balance = NAN if opening is None else float(opening[j])
        for t in range(sessions):
            balance = balance + float(inflow[t][j]) - float(outflow[t][j])
            if published is not None and not math.isnan(published[t][j]):
                balance = float(published[t][j])
            result[t, j] = balance
    return result


def impute_outflow(balance, inflow, published=None, opening=None):
    derived = np.empty(np.shape(balance))
    first = [NAN] * derived.shape[1] if opening is None else opening
    for t in range(derived.shape[0]):
        for j in range(derived.shape[1]):
            before = balance[t - 1][j] if t > 0 else first[j]
            derived[t, j] = before + inflow[t][j] - balance[t][j]
    return keep_published(derived, published)


def impute_short_balance(short_volume, close, published=None):
    derived = np.empty(np.shape(short_volume))
    for t in range(derived.shape[0]):
        for j in range(derived.shape[1]):
            derived[t, j] = short_volume[t][j] * close[t][j]
    return keep_published(derived, published)


def keep_published(derived, published):
    values, flags = np.empty(derived.shape), np.zeros(derived.shape, dtype=bool)
    for t in range(derived.shape[0]):
        for j in range(derived.shape[1]):
            if published is not None and not math.isnan(published[t][j]):
                values[t, j] = published[t][j]
            else:
                values[t, j] = derived[t, j]
                flags[t, j] = not math.isnan(derived[t, j])
    return values, flags


def reconcile(balance, inflow, outflow, opening=None):
    result = np.empty(np.shape(balance))
    first = [NAN] * result.shape[1] if opening is None else opening
    for t in range(result.shape[0]):
        for j in range(result.shape[1]):
            before = balance[t - 1][j] if t > 0 else first[j]
            result[t, j] = balance[t][j] - (before + inflow[t][j] - outflow[t][j])
    return result


def balance_series(flows):
    financing = roll_balance(
        flows.financing_buy, flows.financing_repay, flows.financing_balance, flows.opening_financing
    )
    volume = roll_balance(flows.short_sell, flows.short_repay, flows.short_volume, flows.opening_short)
    short, _ = impute_short_balance(volume, flows.close)
    total, spread = np.empty(short.shape), np.empty(short.shape)
    for t in range(short.shape[0]):
        for j in range(short.shape[1]):
            total[t, j] = financing[t, j] + short[t, j]
            spread[t, j] = financing[t, j] - short[t, j]
    return financing, volume, short, total, spread


# --- rivals: `balance_series` of whole panels --------------------------------------------------------------------


def numpy_by_row(flows):
    """Roll with one numpy expression a session, the fastest that numpy offers without compiled code."""
    shape = np.shape(flows.close)
    financing, volume = np.empty(shape), np.empty(shape)
    sides = (
        (financing, flows.financing_buy, flows.financing_repay, flows.financing_balance, flows.opening_financing),
        (volume, flows.short_sell, flows.short_repay, flows.short_volume, flows.opening_short),
    )
    for out, inflow, outflow, published, opening in sides:
        before = np.full(shape[1], NAN) if opening is None else opening
        for t in range(shape[0]):
            np.add(before, inflow[t], out=out[t])
            out[t] -= outflow[t]
            if published is not None:
                np.copyto(out[t], published[t], where=~np.isnan(published[t]))
            before = out[t]
    short = volume * flows.close
    return financing, volume, short, financing + short, financing - short


def pandas_series(flows):
    """Roll with cumulative sums, exact for whole yuan; frames in, frames out. Openings count only without anchors."""

    def roll(inflow, outflow, published, opening):
        net = inflow - outflow
        if published is None:
            return net.cumsum(skipna=False) + opening
        paid_in = net.fillna(0.0).cumsum()
        gaps = net.isna().astype(np.float64).cumsum()  # as floats: `where` on whole numbers is twelve times slower
        anchors = published.notna()
        base = (published - paid_in).ffill()
        return (base + paid_in).where(gaps == gaps.where(anchors).ffill())

    financing = roll(flows.financing_buy, flows.financing_repay, flows.financing_balance, flows.opening_financing)
    volume = roll(flows.short_sell, flows.short_repay, flows.short_volume, flows.opening_short)
    short = volume * flows.close
    return financing, volume, short, financing + short, financing - short


def polars_series(flows):
    """Roll with cumulative sums over wide frames with nulls for NaN; polars uses all its threads.

    Without anchors a gap is skipped, so the flows may only end, not resume.
    """
    import polars as pl

    def roll(inflow, outflow, published, opening):
        net = inflow - outflow
        if published is None:
            return net.select(pl.col(name).cum_sum() + value for name, value in zip(net.columns, opening, strict=True))
        paid_in = net.select(pl.all().fill_null(0.0).cum_sum())
        gaps = net.select(pl.all().is_null().cast(pl.Float64).cum_sum())
        base = (published - paid_in).select(pl.all().forward_fill())
        gaps_before = (published * 0.0 + gaps).select(pl.all().forward_fill())
        whole = (gaps - gaps_before).select(pl.when(pl.all() == 0.0).then(pl.all()))
        return base + paid_in + whole

    financing = roll(flows.financing_buy, flows.financing_repay, flows.financing_balance, flows.opening_financing)
    volume = roll(flows.short_sell, flows.short_repay, flows.short_volume, flows.opening_short)
    short = volume * flows.close
    return financing, volume, short, financing + short, financing - short


KERNELS = {
    "roll_balance": Contest(balances.roll_balance, roll_balance, {}),
    "impute_outflow": Contest(balances.impute_outflow, impute_outflow, {}),
    "impute_short_balance": Contest(balances.impute_short_balance, impute_short_balance, {}),
    "reconcile": Contest(balances.reconcile, reconcile, {}),
    "balance_series": Contest(
        fused.balance_series,
        balance_series,
        {"numpy by row": numpy_by_row, "pandas": pandas_series, "polars": polars_series},
    ),
}
