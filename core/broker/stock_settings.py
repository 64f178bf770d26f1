"""Settings of backtrader's own broker that a credit account has elsewhere: refused, and told where they belong."""

from typing import Any, NoReturn

from ..errors import ConfigError

_PLACES = {
    "setcommission": "costs belong in `costs` of the account and in the rulebook",
    "addcommissioninfo": "costs belong in `costs` of the account and in the rulebook",
    "set_filler": "the part of a session's volume that an order may be is `execution.volume_share`",
    "set_slippage_perc": "slippage is `costs.slippage` of the account",
    "set_slippage_fixed": "slippage is `costs.slippage` of the account, a fraction of the price",
    "set_fund_history": "the account's own equity is its history",
    "add_order_history": "orders pass through the account one by one: submit them from a strategy",
    "set_shortcash": "short proceeds are always locked",
}


def _refused(name: str) -> Any:
    def method(self: Any, *_: Any, **__: Any) -> NoReturn:  # noqa: ARG001 - a method has a self
        raise ConfigError(f"`{name}` has no meaning for a credit account: {_PLACES[name]}")

    method.__name__ = name
    method.__doc__ = f"Refuse: {_PLACES[name]}."
    return method


class StockSettings:
    """Mixed into CreditBroker, before backtrader's broker."""

    setcommission = _refused("setcommission")
    addcommissioninfo = _refused("addcommissioninfo")
    set_filler = _refused("set_filler")
    set_slippage_perc = _refused("set_slippage_perc")
    set_slippage_fixed = _refused("set_slippage_fixed")
    set_fund_history = _refused("set_fund_history")
    add_order_history = _refused("add_order_history")
    set_shortcash = _refused("set_shortcash")

    def set_checksubmit(self, checksubmit: bool) -> None:
        """Refuse to judge orders when they are submitted: an account judges each at its fill."""
        if checksubmit:
            raise ConfigError("`checksubmit` should stay off: each order is judged alone, at its fill")

    def set_coc(self, coc: bool) -> None:
        """Refuse to fill at the close of the decision: balances of a session are public only after it."""
        if coc:
            raise ConfigError("`coc` should stay off: margin balances of a session are not public at its close")

    def set_coo(self, coo: bool) -> None:
        """Refuse to decide with a session's bar and to fill at its open."""
        if coo:
            raise ConfigError("`coo` should stay off: a decision would know the close and fill at the open before it")
