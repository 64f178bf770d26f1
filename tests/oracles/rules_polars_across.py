"""The rules across securities as a polars user writes them: (wide frame of all fields, symbols) -> wide frame.

polars works on columns, so a session has to become one: the frame is turned round for ranks and industries, and back.
"""

from . import rules_polars as single
from .rules_polars import BY_SECURITY, Fields, by_security


def ranks(scores):
    """Return the ranks with one column for each session."""
    import polars as pl

    return scores.transpose().select(pl.all().rank("average") / pl.all().count())


def dip_parts(f):
    yield {"price": single.adjusted(f).forward_fill(), "rise": single.growth(f.financing_balance, 20)}
    least, most = f.price.rolling_min(250, min_samples=125), f.price.rolling_max(250, min_samples=125)
    yield {"rise": f.rise, "fall": f.price.diff(20), "price": f.price, "least": least, "most": most}
    yield {"rise": f.rise, "fall": f.fall, "room": f.least + 0.25 * (f.most - f.least) - f.price}


def dip_financing(frame, symbols):
    import polars as pl

    parts = by_security(dip_parts, frame, symbols)
    ranked = ranks(parts.select(f"rise|{s}" for s in symbols)).transpose(column_names=[f"rank|{s}" for s in symbols])

    def score(f):
        return single.event(f.rank, (f.rise > 0) & (f.fall < 0) & (f.room >= 0), f.fall, f.room)

    return by_security(score, pl.concat([parts, ranked], how="horizontal"), symbols)


def industry_relative(frame, symbols):
    import polars as pl

    scores = by_security(single.net_financing_rate, frame, symbols).transpose()
    groups = frame.select(f"industry|{s}" for s in symbols).transpose()
    names = [f"group|{name}" for name in groups.columns]
    both = pl.concat([scores, groups.rename(dict(zip(groups.columns, names, strict=True)))], how="horizontal")

    def relative(name, group):
        x = pl.col(name)
        return pl.when(pl.col(group).is_not_null()).then(x - x.mean().over(group)).alias(name)

    columns = [relative(*pair) for pair in zip(scores.columns, names, strict=True)]
    return both.select(columns).transpose(column_names=list(symbols))


def combine(frame, symbols):
    import polars as pl

    first, second = (
        ranks(by_security(BY_SECURITY[name], frame, symbols)) for name in ("net_financing_rate", "days_to_cover")
    )
    both = pl.concat([first, second.rename(lambda name: f"other|{name}")], how="horizontal")

    def joined(name):
        x, y = pl.col(name), pl.col(f"other|{name}")
        mean = ((x - x.mean()).fill_null(0.0) + (y - y.mean()).fill_null(0.0)) / 2.0
        return pl.when(x.is_not_null() | y.is_not_null()).then(mean).alias(name)

    return both.select(joined(name) for name in first.columns).transpose(column_names=list(symbols))


def net_of(symbols):
    return [Fields(s).financing_buy - Fields(s).financing_repay for s in symbols]


def breadth_row(symbols):
    """Return the expression of one number for each session."""
    import polars as pl

    net = net_of(symbols)
    bought = pl.sum_horizontal((x > 0).cast(pl.Float64) for x in net)
    known = pl.sum_horizontal(x.is_not_null().cast(pl.Float64) for x in net)
    return single.over(bought, known) - 0.5


def for_listed(row, frame, symbols):
    """Return the number of a session for every security with a close."""
    import polars as pl

    frame = frame.with_columns(row.alias("row"))
    return frame.select(pl.when(Fields(s).close.is_not_null()).then(pl.col("row")).alias(s) for s in symbols)


def breadth(frame, symbols):
    return for_listed(breadth_row(symbols), frame, symbols)


def market_regime(frame, symbols):
    import polars as pl

    now = [Fields(s).total_balance for s in symbols]
    before = [x.shift(20) for x in now]
    pairs = list(zip(now, before, strict=True))
    after = pl.sum_horizontal(pl.when(y.is_not_null()).then(x) for x, y in pairs)
    start = pl.sum_horizontal(pl.when(x.is_not_null()).then(y) for x, y in pairs)
    return for_listed(single.over(after, start) - 1.0, frame, symbols)


def market_force(frame, symbols):
    import polars as pl

    net = dict(zip(symbols, net_of(symbols), strict=True))
    short = {s: (Fields(s).short_sell - Fields(s).short_repay) * Fields(s).close for s in symbols}
    daily = {"long": net, "short": short, "traded": {s: Fields(s).amount for s in symbols}}
    known = {
        name: {s: pl.when(net[s].is_not_null()).then(x) for s, x in parts.items()} for name, parts in daily.items()
    }
    sums = frame.with_columns(
        pl.when(pl.any_horizontal(x.is_not_null() for x in parts.values()))
        .then(pl.sum_horizontal(parts.values()))
        .alias(name)
        for name, parts in known.items()
    )
    force = pl.col("long").rolling_sum(20) - pl.col("short").rolling_sum(20)
    return for_listed(single.over(force, single.total(pl.col("traded"), 20)), sums, symbols)


def market_short(frame, symbols):
    import polars as pl

    pairs = [(Fields(s).short_balance, Fields(s).short_balance.shift(20)) for s in symbols]
    after = pl.sum_horizontal(pl.when(y.is_not_null()).then(x) for x, y in pairs)
    start = pl.sum_horizontal(pl.when(x.is_not_null()).then(y) for x, y in pairs)
    return for_listed(1.0 - single.over(after, start), frame, symbols)


def gauge(frame, symbols):
    import polars as pl

    pairs = [(Fields(s).financing_buy, Fields(s).amount) for s in symbols]
    above = pl.sum_horizontal(pl.when(y.is_not_null()).then(x) for x, y in pairs)
    below = pl.sum_horizontal(pl.when(x.is_not_null()).then(y) for x, y in pairs)
    return for_listed((0.17 - 2.0 * single.over(above, below)) / 0.05, frame, symbols)


def trapped_buying(frame, symbols):
    import polars as pl

    return dip_financing(frame, symbols).select(-pl.all())


def heat_parts(f):
    import polars as pl

    yield {
        "net": (f.financing_buy - f.financing_repay).rolling_sum(20),
        "traded": single.total(f.amount, 20),
        "industry": f.industry,
        "close": f.close,
    }
    both = f.net.is_not_null() & f.traded.is_not_null()
    yield {
        "net": pl.when(both).then(f.net),
        "traded": pl.when(both).then(f.traded),
        "industry": f.industry,
        "close": f.close,
    }


def industry_heat(frame, symbols):
    import polars as pl

    parts = by_security(heat_parts, frame, symbols).with_row_index("row")
    tall = pl.concat(
        parts.select("row", pl.lit(s).alias("symbol"), *(pl.col(f"{name}|{s}").alias(name) for name in PARTS))
        for s in symbols
    )
    sums = [pl.col(name).sum().over("row", "industry") for name in ("net", "traded")]
    heat = pl.when(pl.col("industry").is_not_null() & pl.col("close").is_not_null()).then(single.over(*sums))
    wide = tall.with_columns(heat=heat).pivot(on="symbol", index="row", values="heat").sort("row")
    return wide.select(symbols)


PARTS = ("net", "traded", "industry", "close")


def gate(frame, symbols):
    import polars as pl

    frame = frame.with_columns(breadth_row(symbols).alias("row"))
    opens = pl.col("row") > 0
    return frame.select(
        pl.when(opens & Fields(s).close.is_not_null()).then(single.net_financing_rate(Fields(s))).alias(s)
        for s in symbols
    )


def buy_and_hold(frame, symbols):
    import polars as pl

    listed = frame.select(pl.any_horizontal(Fields(s).close.is_not_null() for s in symbols)).to_series()
    first = listed.arg_max() if listed.any() else frame.height
    held = frame.select(Fields(s).close.gather([first]).is_not_null().alias(s) for s in symbols).row(0)
    begins = pl.int_range(pl.len()) >= first
    return frame.select(
        pl.when(begins & pl.lit(value)).then(1.0).alias(s) for s, value in zip(symbols, held, strict=True)
    )


ACROSS = {
    "dip_financing": dip_financing,
    "industry_relative": industry_relative,
    "combine": combine,
    "breadth": breadth,
    "market_regime": market_regime,
    "market_force": market_force,
    "market_short": market_short,
    "gauge": gauge,
    "trapped_buying": trapped_buying,
    "industry_heat": industry_heat,
    "gate": gate,
    "buy_and_hold": buy_and_hold,
}
"""Rule -> function of the wide frame and the symbols."""
