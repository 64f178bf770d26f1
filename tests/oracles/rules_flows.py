"""The rules about flows against turnover, as a pandas user writes them: (frames, parameters) -> frame."""


def turnover(frames, window):
    amount = frames["amount"].rolling(window, min_periods=(window + 1) // 2).sum()
    return amount.where(amount > 0)


def financing_to_turnover(frames, window=20, threshold=0.2):
    amount = frames["amount"].rolling(window, min_periods=(window + 1) // 2).mean()
    return frames["financing_balance"] / amount.where(amount > 0) - threshold


def financing_buy_share(frames, window=5, threshold=0.1, of="day"):
    bought = frames["financing_buy"].rolling(window).sum()
    if of == "week":
        return bought / turnover(frames, window) - threshold
    day = frames["amount"].rolling(window, min_periods=(window + 1) // 2).mean()
    return bought / day.where(day > 0) - threshold


def net_financing_rate(frames, window=5):
    net = frames["financing_buy"] - frames["financing_repay"]
    return net.rolling(window).sum() / turnover(frames, window)


def force_balance(frames, window=5):
    long = frames["financing_buy"] - frames["financing_repay"]
    short = (frames["short_sell"] - frames["short_repay"]) * frames["close"]
    force = long.rolling(window).sum() - short.rolling(window, min_periods=(window + 1) // 2).sum()
    return force / turnover(frames, window)


def net_buy_days(frames, window=20, threshold=0.5):
    net = frames["financing_buy"] - frames["financing_repay"]
    return (net > 0).astype(float).where(net.notna()).rolling(window).mean() - threshold


PANDAS = {
    "financing_to_turnover": financing_to_turnover,
    "financing_buy_share": financing_buy_share,
    "net_financing_rate": net_financing_rate,
    "force_balance": force_balance,
    "net_buy_days": net_buy_days,
}
