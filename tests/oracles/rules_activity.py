"""The rules about activity, volume and industries, as a pandas user writes them: (frames, parameters) -> frame."""

from .rules_extremes import last_price


def half(window):
    return (window + 1) // 2


def positive(values):
    return values.where(values > 0)


def financing_turnover(frames, window=5):
    owed = positive(frames["financing_balance"].rolling(window).mean())
    return -frames["financing_buy"].rolling(window).sum() / owed


def short_margin_trading(frames, window=20):
    sold = (frames["short_sell"] * frames["close"]).rolling(window, min_periods=half(window)).sum()
    return -sold / positive(frames["financing_buy"].rolling(window).sum())


def margin_volatility(frames, window=60, of="financing_balance"):
    balance = frames[of]
    return -balance.diff().rolling(window).std() / positive(balance.rolling(window).mean())


def bad_times_covering(frames, window=20):
    change, repaid = last_price(frames).diff(), frames["financing_repay"]
    covered = repaid.where(change < 0, 0.0).where(change.notna() & repaid.notna())
    return -covered.rolling(window).sum() / positive(frames["financing_balance"])


def turnover_rate(frames, window=20, of="float_shares"):
    if of == "own":
        rate = frames["volume"]
    else:
        rate = frames["volume" if of == "float_shares" else "amount"] / positive(frames[of])
    return rate / positive(rate.rolling(window, min_periods=half(window)).mean()) - 1


def volume_trend(frames, sessions=5, window=60):
    recent, longer = (frames["volume"].rolling(n, min_periods=half(n)).mean() for n in (sessions, window))
    return recent / positive(longer) - 1


def industry_heat(frames, window=20):
    net = (frames["financing_buy"] - frames["financing_repay"]).rolling(window).sum()
    traded = frames["amount"].rolling(window, min_periods=half(window)).sum()
    both = {"net": net.where(traded.notna()), "traded": traded.where(net.notna())}
    long = frames["industry"].stack().dropna().rename("industry").to_frame()
    for name, values in both.items():
        long[name] = values.stack()
    sums = long.groupby([long.index.get_level_values(0), "industry"])[["net", "traded"]].transform("sum", min_count=1)
    heat = (sums["net"] / positive(sums["traded"])).unstack().reindex_like(net)
    return heat.where(frames["close"].notna())


PANDAS = {
    "financing_turnover": financing_turnover,
    "short_margin_trading": short_margin_trading,
    "margin_volatility": margin_volatility,
    "bad_times_covering": bad_times_covering,
    "turnover_rate": turnover_rate,
    "volume_trend": volume_trend,
    "industry_heat": industry_heat,
}
