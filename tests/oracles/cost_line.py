"""Cost lines as a clerk keeps them: a list of lots for each security, oldest first, every one of them by itself."""

import math

import numpy as np


def books(balance, bought, repaid, price, way):
    """Return for each session of one security its lots [session, amount], None until the first balance with a price."""
    lots, kept = None, []
    for t, (now, came, went, cost) in enumerate(zip(balance, bought, repaid, price, strict=True)):
        if lots is None:
            if not math.isnan(now) and not math.isnan(cost):
                lots = [[t, now]]
        else:
            lots = session(lots, now, came, went, t, way)
        kept.append(None if lots is None else [list(lot) for lot in lots])
    return kept


def session(lots, now, came, went, t, way):
    before = math.fsum(amount for _, amount in lots)
    if math.isnan(now):
        if math.isnan(came) or math.isnan(went):
            return lots
        now = max(before + came - went, 0.0)
    if math.isnan(came):
        came = 0.0 if math.isnan(went) else now - before + went
    came = max(came, 0.0)
    leaves = before + came - now
    if leaves < 0:  # the balance rose by more than was bought: that was bought as well
        came, leaves = came - leaves, 0.0
    out = first_out(lots, leaves) if way == "fifo" else evenly(lots, leaves, before)
    came -= max(leaves - before, 0.0)
    return [lot for lot in [*out, [t, came]] if lot[1] > 0.0]


def first_out(lots, leaves):
    out = []
    for s, amount in lots:
        taken = min(amount, leaves)
        leaves -= taken
        out.append([s, amount - taken])
    return out


def evenly(lots, leaves, before):
    stays = 1.0 - min(leaves / before, 1.0) if before > 0.0 else 0.0
    return [[s, amount * stays] for s, amount in lots]


def _panel(parts, way, judge, width):
    balance, bought, repaid, price = parts
    shape = np.shape(balance)
    out = np.full((width, *shape), np.nan)
    for j in range(shape[1]):
        now, came, went, cost = (np.asarray(x)[:, j].tolist() for x in (balance, bought, repaid, price))
        kept = books(now, came, went, cost, way)
        first = next((t for t, lots in enumerate(kept) if lots is not None), None)
        for t, lots in enumerate(kept):
            if lots is not None:
                out[:, t, j] = judge(lots, t, j, first)
    return out


def sums(parts, first, second, way):
    """Return both sums and the part of the opening, (3, T, N)."""

    def judge(lots, t, j, begun):
        del t
        whole = math.fsum(amount for _, amount in lots)
        old = math.fsum(amount for s, amount in lots if s == begun)
        figures = [math.fsum(amount * values[s, j] for s, amount in lots) for values in (first, second)]
        return [*figures, old / whole if whole > 0.0 else 0.0]

    return _panel(parts, way, judge, 3)


def below(parts, ratio, weight, level, line, way):
    """Return the part by weight of the lots that lie below the line, (T, N)."""

    def judge(lots, t, j, begun):
        del begun
        parts = [(amount * weight[s, j], level[t, j] * ratio[s, j] < line) for s, amount in lots]
        whole = math.fsum(part for part, _ in parts)
        if not whole > 0.0 or math.isnan(level[t, j]):
            return [math.nan]
        return [math.fsum(part for part, is_below in parts if is_below) / whole]

    return _panel(parts, way, judge, 1)[0]
