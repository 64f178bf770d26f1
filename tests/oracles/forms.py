"""The portfolio forms security by security and session by session, in plain Python."""

import datetime as dt
import math
import statistics

import numpy as np


def targets(form, setting, parameters):
    """Return the target weights (T - first, N) of the form with that name."""
    panel, first = setting.panel, setting.first
    days = [day.item() for day in panel.sessions]
    score, sizes = _scores(setting, parameters), _sizes(panel, parameters)
    out, last, state = [], None, {}
    for t in range(len(days)):
        scored = {j: s for j, s in enumerate(score[t]) if not math.isnan(s)}
        has_enough = len(scored) >= parameters["minimum"]
        changed = set()
        if form in ("threshold", "timing"):
            changed = _advance(form, state, scored if has_enough else {}, parameters)
        if t < first:
            continue
        is_due = has_enough and (last is None or _is_due(days, last, t, parameters))
        last = t if is_due else last
        shortable = {j for j, on in enumerate(setting.shortable[t - first]) if on > 0}
        traded = {j for j in range(panel.shape[1]) if _trades(panel, t, j)}
        row = [math.nan] * panel.shape[1]
        if is_due or changed:
            weights, ordered = _weights(form, scored, traded, shortable, sizes[t], state, parameters)
            listed = [j for j in range(panel.shape[1]) if np.isfinite(panel["close"][: t + 1, j]).any()]
            if form == "threshold":
                known = [sizes[t][j] for j in listed if not math.isnan(sizes[t][j])]
                weights = {j: w * sizes[t][j] / sum(known) if w else 0.0 for j, w in weights.items()}
                ordered = traded if is_due else changed
            for j in ordered & traded:
                row[j] = weights.get(j, 0.0)
        out.append(row)
    return np.array(out, dtype=float).reshape(len(days) - first, panel.shape[1])


def _trades(panel, t, j):
    suspended = panel.get("suspended")
    return math.isfinite(panel["close"][t, j]) and not (suspended is not None and suspended[t, j] > 0)


def _is_due(days, last, t, parameters):
    before, now = days[last], days[t]
    match parameters["rebalance"]:
        case "daily":
            return True
        case "weekly":
            return before - dt.timedelta(before.weekday()) != now - dt.timedelta(now.weekday())
        case "monthly":
            return (before.year, before.month) != (now.year, now.month)
    return t - last >= parameters["every"]


def _scores(setting, parameters):
    panel, sizes = setting.panel, _sizes(setting.panel, parameters)
    out = []
    for t in range(panel.shape[0]):
        row = [
            float(s) if _trades(panel, t, j) and not math.isnan(sizes[t][j]) else math.nan
            for j, s in enumerate(setting.score[t])
        ]
        if parameters.get("neutral") == "industry":
            groups = panel["industry"][t]
            row = [
                s - statistics.fmean(r for r, g in zip(row, groups, strict=True) if g == groups[j] and r == r)
                if s == s and groups[j] == groups[j]
                else math.nan
                for j, s in enumerate(row)
            ]
        out.append(row)
    return out


def _sizes(panel, parameters):
    if parameters["sizing"] == "equal":
        return [[1.0] * panel.shape[1]] * panel.shape[0]
    window, close = parameters["volatility_window"], panel["close"] * panel["adj_factor"]
    out = []
    for t in range(panel.shape[0]):
        row = []
        for j in range(panel.shape[1]):
            returns = [close[i, j] / close[i - 1, j] - 1.0 for i in range(max(t - window, 0) + 1, t + 1)]
            if t - window < 0:
                returns = [close[i, j] / close[i - 1, j] - 1.0 for i in range(1, t + 1)]
            known = [r for r in returns if r == r]
            deviation = statistics.stdev(known) if len(known) >= max(window / 2, 2) else 0.0
            row.append(1.0 / deviation if deviation > 0.0 else math.nan)
        out.append(row)
    return out


def _weights(form, scored, traded, shortable, sizes, state, parameters):
    """Return weights by security (for `threshold` before they are divided by the universe), and who is ordered."""
    long, short = parameters["long_weight"], parameters.get("short_weight", 0.0)
    if form == "threshold":
        weights = {j: long if s > 0 else -short if j in shortable else 0.0 for j, s in state.items() if s}
        return weights, set()
    sized = {j for j in traded if not math.isnan(sizes[j])}
    if form == "timing":
        now = state.get("market", 0)
        longs, shorts = sized if now > 0 else set(), sized & shortable if now < 0 else set()
    else:
        count = max(math.floor(len(scored) * parameters["quantile"] + 1e-9), 1)
        longs = _best(scored, count)
        rest = {j: -s for j, s in scored.items() if j in shortable and j not in longs}
        shorts = _best(rest, count) if short else set()
    weights = {j: long * sizes[j] / sum(sizes[k] for k in longs) for j in longs}
    return weights | {j: -short * sizes[j] / sum(sizes[k] for k in shorts) for j in shorts}, traded


def _best(scored, count):
    if not scored:
        return set()
    boundary = sorted(scored.values(), reverse=True)[:count][-1]
    return {j for j, s in scored.items() if s >= boundary}


def _advance(form, state, scored, parameters):
    """Move the states by the scores of a session; return whose state changed."""
    if form == "timing":
        signals = {"market": statistics.fmean(scored.values())} if scored else {}
    else:
        signals = _signals(scored, parameters["signal"])
    changed = set()
    for key, x in signals.items():
        before = now = state.get(key, 0)
        if (now > 0 and x < parameters["leave"]) or (now < 0 and x > -parameters["leave"]):
            now = 0
        if abs(x) > parameters["enter"]:
            now = 1 if x > 0 else -1
        state[key] = now
        if now != before:
            changed.add(key)
    return changed


def _signals(scored, signal):
    if signal == "rank":
        n, values = len(scored), list(scored.values())
        return {j: (sum(v < s for v in values) - sum(v > s for v in values)) / n for j, s in scored.items()}
    if signal == "zscore":
        values = list(scored.values())
        deviation = statistics.stdev(values) if len(values) > 1 else 0.0
        if not deviation:
            return {}
        mean = statistics.fmean(values)
        return {j: (s - mean) / deviation for j, s in scored.items()}
    return scored
