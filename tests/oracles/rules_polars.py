"""The rules as a polars user writes them: one expression for each security, on one wide frame of all fields.

`f` gives the expression of a field of the security, as in ``f.close``. polars computes the expressions of all
securities side by side, on all its threads. What is repeated in an expression it computes again (its lazy mode looks
for repetitions, which on thousands of columns takes ten times as long as it saves), so what is used twice is a step of
its own: such a rule yields dicts of named expressions first, the score last. What goes across securities is in
`rules_polars_across`.
"""


class Fields:
    """The fields of one security as expressions, in a wide frame whose columns are ``field|symbol``."""

    def __init__(self, symbol):
        self.symbol = symbol

    def __getattr__(self, name):
        import polars as pl

        return pl.col(f"{name}|{self.symbol}")


def over(values, by):
    import polars as pl

    return pl.when(by > 0).then(values / by)


def mean(x, window):
    return x.rolling_mean(window, min_samples=(window + 1) // 2)


def total(x, window):
    return x.rolling_sum(window, min_samples=(window + 1) // 2)


def zscore(x, window, least):
    import polars as pl

    level, deviation = x.rolling_mean(window, min_samples=least), x.rolling_std(window, min_samples=least)
    return pl.when(deviation > 1e-12 * level.abs()).then((x - level) / deviation)


def growth(x, sessions):
    return over(x - x.shift(sessions), x.shift(sessions))


def event(values, happens, *known):
    """Return the values where it happens, 0 elsewhere, null where something is not known."""
    import polars as pl

    is_known = pl.all_horizontal(x.is_not_null() for x in (values, *known))
    return pl.when(is_known & happens).then(values).when(is_known).then(0.0)


def adjusted(f):
    return f.close * f.adj_factor


def balance_stage(f):
    import polars as pl

    yield {"rise": f.financing_balance - f.financing_balance.rolling_mean(20)}
    yield {"rise": f.rise, "count": (f.rise > 0).cast(pl.Float64).cum_sum().forward_fill().fill_null(0.0)}
    age = f.count - pl.when(f.rise <= 0).then(f.count).forward_fill().fill_null(0.0)
    yield {"rise": f.rise, "score": (1.0 - 2.0 * (age - 10.0) / 30.0).clip(-1.0, 1.0)}
    yield event(f.score, f.rise > 0, f.rise)


def balance_repay_divergence(f):
    balance = f.financing_balance
    yield {"balance": balance, "rise": balance.diff(20), "repaid": (f.financing_repay - f.financing_buy).rolling_sum(5)}
    yield {"rise": f.rise, "score": over(-f.repaid.diff(5), f.balance)}
    yield event(f.score, (f.score < 0) & (f.rise > 0), f.rise)


def balance_rollover(f):
    import polars as pl

    balance = f.financing_balance
    count = balance.is_not_null().cast(pl.Float64).rolling_sum(250, min_samples=1)
    place = balance.rolling_rank(250, method="average", min_samples=125)
    yield {"rank": place / count, "fall": growth(balance, 5)}
    yield event(f.fall, (f.rank > 0.9) & (f.fall < 0), f.rank)


def deleveraging(f):
    yield {"change": growth(f.financing_balance, 5), "move": adjusted(f).forward_fill().diff(5)}
    yield event(f.change, (f.change < -0.1) & (f.move < 0), f.move)


def short_pressure(f):
    yield {"x": over(f.short_volume, f.float_shares), "trend": f.short_volume.diff().sign().rolling_mean(20)}
    yield -(zscore(f.x, 60, 60) + f.trend)


def net_financing_rate(f):
    return over((f.financing_buy - f.financing_repay).rolling_sum(5), total(f.amount, 5))


def force_balance(f):
    long = (f.financing_buy - f.financing_repay).rolling_sum(5)
    return over(long - total((f.short_sell - f.short_repay) * f.close, 5), total(f.amount, 5))


def net_buy_days(f):
    import polars as pl

    return (f.financing_buy - f.financing_repay > 0).cast(pl.Float64).rolling_mean(20) - 0.5


def expiry_overhang(f):
    return over(f.financing_balance.shift(131) - f.financing_balance.shift(115), f.float_cap)


def crowding(f):
    import polars as pl

    yield {"share": over(f.financing_balance, f.float_cap)}
    flag = pl.when(f.share >= 0.25).then(1.0).when(f.share < 0.2).then(0.0).forward_fill().fill_null(0.0)
    yield -f.share - flag


def flow_climax(f):
    yield {"panic": zscore(f.financing_repay, 60, 60), "climax": zscore(f.financing_buy, 60, 60)}
    yield event(f.panic, f.panic > 2.0) - event(f.climax, f.climax > 2.0)


def spread_zscore(f):
    yield {"relative": over(f.spread, f.float_cap)}
    yield -zscore(f.relative, 60, 30)


def price_momentum(f):
    yield {"price": adjusted(f)}
    yield over(f.price.shift(20), f.price.shift(250)) - 1.0


def price_reversal(f):
    yield {"price": adjusted(f)}
    yield 1.0 - over(f.price, f.price.shift(20))


def equal_weight(f):
    import polars as pl

    return pl.when(f.close.is_not_null()).then(1.0)


def short_margin_trading(f):
    return over(-total(f.short_sell * f.close, 20), f.financing_buy.rolling_sum(20))


def margin_volatility(f):
    return over(-f.financing_balance.diff().rolling_std(60), f.financing_balance.rolling_mean(60))


def bad_times_covering(f):
    yield {"owed": f.financing_balance, "repaid": f.financing_repay, "move": adjusted(f).forward_fill().diff(1)}
    yield {"owed": f.owed, "covered": event(f.repaid, f.move < 0, f.move)}
    yield over(-f.covered.rolling_sum(20), f.owed)


def turnover_rate(f):
    yield {"rate": over(f.volume, f.float_shares)}
    yield over(f.rate, mean(f.rate, 20)) - 1.0


BY_SECURITY = {
    "spread_level": lambda f: over(f.spread, f.float_cap),
    "spread_momentum": lambda f: over(f.spread - f.spread.shift(5), f.float_cap),
    "spread_zscore": spread_zscore,
    "short_to_financing": lambda f: over(-f.short_balance, f.financing_balance),
    "balance_trend": lambda f: over(f.financing_balance, f.financing_balance.rolling_mean(20)) - 1.0,
    "balance_stage": balance_stage,
    "balance_repay_divergence": balance_repay_divergence,
    "balance_rollover": balance_rollover,
    "deleveraging": deleveraging,
    "short_pressure": short_pressure,
    "short_interest_ratio": lambda f: over(-f.short_volume, f.outstanding_shares),
    "days_to_cover": lambda f: over(-f.short_volume, mean(f.volume, 20)),
    "financing_to_turnover": lambda f: over(f.financing_balance, mean(f.amount, 20)) - 0.2,
    "financing_buy_share": lambda f: over(f.financing_buy.rolling_sum(5), mean(f.amount, 5)) - 0.1,
    "net_financing_rate": net_financing_rate,
    "force_balance": force_balance,
    "net_buy_days": net_buy_days,
    "expiry_overhang": expiry_overhang,
    "crowding": crowding,
    "flow_climax": flow_climax,
    "financing_turnover": lambda f: over(-f.financing_buy.rolling_sum(5), f.financing_balance.rolling_mean(5)),
    "short_to_turnover": lambda f: over(-f.short_balance, mean(f.amount, 20)),
    "short_margin_trading": short_margin_trading,
    "margin_volatility": margin_volatility,
    "bad_times_covering": bad_times_covering,
    "turnover_rate": turnover_rate,
    "volume_trend": lambda f: over(mean(f.volume, 5), mean(f.volume, 60)) - 1.0,
    "total_momentum": lambda f: over(f.total_balance - f.total_balance.shift(20), f.float_cap),
    "equal_weight": equal_weight,
    "price_momentum": price_momentum,
    "price_reversal": price_reversal,
    "lag": lambda f: net_financing_rate(f).shift(1),
    "smooth": lambda f: net_financing_rate(f).rolling_mean(5),
}
"""Rule -> expression of one security, or its steps."""


def by_security(rule, frame, symbols):
    """Return the wide frame of a rule for these securities: each step a frame of what the next one reads."""
    import polars as pl

    answers = [rule(Fields(symbol)) for symbol in symbols]
    if not symbols or isinstance(answers[0], pl.Expr):
        return frame.select(answer.alias(symbol) for symbol, answer in zip(symbols, answers, strict=True))
    for step in zip(*answers, strict=True):
        if isinstance(step[0], dict):
            parts = [(f"{name}|{s}", x) for s, named in zip(symbols, step, strict=True) for name, x in named.items()]
        else:
            parts = list(zip(symbols, step, strict=True))
        frame = frame.select(x.alias(name) for name, x in parts)
    return frame
