"""Unadjusted bars of 200 real securities: every move beyond the limit of its day is named, and nothing else."""

import pandas as pd
from liangrong.core.audit.doubts import doubts_of
from liangrong.core.audit.limits import beyond_limit
from liangrong.core.sources.recognise import recognise


def moves_beyond(bars: pd.DataFrame) -> set[tuple[str, str]]:
    """Return the moves by whole cents and by what everybody knows of limits, without anything of ours.

    10 % from the last close, half-up to the cent; 20 % on STAR, and on ChiNext since 2020-08-24. The first five
    sessions of a security that begins inside the data are left out.
    """
    sessions = {day: t for t, day in enumerate(sorted(bars["date"].unique()))}
    bars = bars[~bars["code"].str.startswith("sh.000")].sort_values(["code", "date"])
    t, by_code = bars["date"].map(sessions), bars.groupby("code")
    first = by_code["date"].transform("first").map(sessions)
    cents = (bars["close"] * 100).round().astype("int64")
    before = cents.groupby(bars["code"]).shift()
    board = bars["code"].str[3:6]
    is_wide = (board == "688") | ((board == "300") & (bars["date"] >= "2020-08-24"))
    tenths = is_wide.map({True: 2, False: 1})
    up, down = (before * (10 + tenths) + 5) // 10, (before * (10 - tenths) + 5) // 10
    is_old = (first == 0) | (t >= first + 5)
    found = bars[((cents > up) | (cents < down)) & is_old & before.notna()]
    return {
        (f"{code[3:]}.{code[:2].upper()}", str(day)[:10])
        for code, day in zip(found["code"], found["date"], strict=True)
    }


def test_every_move_beyond_the_limit_of_200_securities_is_named(real):
    path = real / "ashare300" / "bars.parquet"
    panel = recognise(path).panel
    expected = moves_beyond(pd.read_parquet(path))
    assert len(expected) == 539
    assert {(panel.symbols[move.j], str(panel.sessions[move.t])) for move in beyond_limit(panel)} == expected
    (one,) = [one for one in doubts_of(panel) if one.kind == "move_beyond_limit"]
    assert (one.verdict, one.count) == ("fail", 539)
