"""Targets, closings and brackets that know lots and kinds, for plain backtrader strategies."""

from types import MethodType
from typing import Any, NamedTuple

import backtrader as bt

from ..account.admission import Quote
from ..account.lots import lots_down, lots_up, sale_down, sale_up, shares_for
from ..account.order_kinds import BOUGHT, OPENING, SOLD, check_kind
from ..errors import ConfigError
from ..types import OrderKind

"""What `kind` says of a target: long with own cash, long side financed, short side borrowed."""
_CLOSING = {
    OrderKind.BUY: OrderKind.SELL,
    OrderKind.MARGIN_BUY: OrderKind.SELL_TO_REPAY,
    OrderKind.SHORT_SELL: OrderKind.BUY_TO_RETURN,
}
"""Kind of a bracket's entry -> kind of the orders that end it."""


class Holding(NamedTuple):
    """What an account has in one security, in shares."""

    own: float  # collateral
    financed: float
    owed: float

    @property
    def net(self) -> float:
        """Shares held less shares owed: backtrader's position."""
        return self.own + self.financed - self.owed


def orders_to(target: float, holding: Holding, kind: OrderKind | None, quote: Quote) -> list[tuple[OrderKind, float]]:
    """Return the orders, kind and shares, that bring a position as near to `target` as the board allows.

    Parameters
    ----------
    target : float
        Shares, negative = owed; NaN = not known, which ends in an order that is refused.
    holding : Holding
    kind : OrderKind or None
        MARGIN_BUY: what is bought is financed; SHORT_SELL: what is sold beyond the holding is borrowed; None or BUY:
        neither. A closing kind (SELL, SELL_TO_REPAY, BUY_TO_RETURN) replaces the one that the holding asks for.
    quote : Quote
        Tells the lots.

    Returns
    -------
    list of (OrderKind, float)
        Closing orders before opening ones.

    Notes
    -----
    Sizes end at or nearer to 0 than the target: purchases and short sales are cut to lots, sales and returns are
    filled up to them, an odd remainder is sold whole. A holding with financed shares is sold by SELL_TO_REPAY, financed
    shares first. A target below 0 without SHORT_SELL sells what is held and then, in an order of its own that is
    refused, what is not. Shares held against shares owed are left alone: a target is one of the net position.
    """
    net = holding.net
    if target != target:  # NaN
        return [(kind or OrderKind.BUY, target)]
    if target < net:
        return [*_sale(target, holding, kind, quote), *_short(target, net, kind, quote)]
    if target > net:
        return [*_cover(target, net, quote), *_purchase(target, net, kind, quote)]
    return []


def _sale(target: float, holding: Holding, kind: OrderKind | None, quote: Quote) -> list[tuple[OrderKind, float]]:
    net, held = holding.net, holding.own + holding.financed
    if not net > 0.0:
        return []
    shares = sale_up(net - (lots_down(target, quote) if target > 0.0 else 0.0), held, quote)
    shares = shares if shares <= net else sale_down(net, held, quote)  # a hedge that is no lot
    by_itself = OrderKind.SELL_TO_REPAY if holding.financed > 0.0 else OrderKind.SELL
    return [(kind if kind in SOLD and kind not in OPENING else by_itself, shares)]


def _short(target: float, net: float, kind: OrderKind | None, quote: Quote) -> list[tuple[OrderKind, float]]:
    if not target < 0.0:
        return []
    missing = min(net, 0.0) - target
    if kind is OrderKind.SHORT_SELL:
        shares = lots_down(missing, quote)
        return [(kind, shares)] if shares else []
    return [(_plain(kind, OrderKind.SELL), lots_down(missing, quote) or missing)]


def _cover(target: float, net: float, quote: Quote) -> list[tuple[OrderKind, float]]:
    if not net < 0.0:
        return []
    kept = lots_down(-target, quote) if target < 0.0 else 0
    returned = -net - kept
    return [(OrderKind.BUY_TO_RETURN, min(lots_up(returned, quote), -net) if kept else returned)]


def _purchase(target: float, net: float, kind: OrderKind | None, quote: Quote) -> list[tuple[OrderKind, float]]:
    shares = lots_down(target - max(net, 0.0), quote) if target > 0.0 else 0
    if not shares:
        return []
    return [(kind if kind is OrderKind.MARGIN_BUY else _plain(kind, OrderKind.BUY), shares)]


def _plain(kind: OrderKind | None, plain: OrderKind) -> OrderKind:
    if kind is None or kind in OPENING:
        return plain
    raise ConfigError(
        f"`kind` of a target should say how it is opened, got {kind.name}, and this one opens a position: "
        "kind=OrderKind.MARGIN_BUY or SHORT_SELL, or none; what closes is chosen by itself"
    )


class LotStrategy(bt.Strategy):
    """backtrader's strategy, whose targets, `close`, brackets and sizers know lots and kinds.

    A credit account gives these methods to every plain strategy that it runs and that has backtrader's own. A strategy
    that overrides one of them and calls ``super()`` there should have this base instead of ``bt.Strategy``.

    With another broker each method is backtrader's.
    """

    def close(self, data: Any = None, size: float | None = None, **kwargs: Any) -> Any:
        """Close the position, with the kind that it asks for; an explicit `size` is left as it is.

        Returns
        -------
        Order or None
            The last one submitted.
        """
        if not _knows_lots(self):
            return bt.Strategy.close(self, data, size, **kwargs)
        data, kind = _data_of(self, data), _kind_of(kwargs, "close")
        holding = self.broker.holding(data)
        orders = orders_to(0.0, holding, kind, self.broker.quote(data))
        if size is not None:
            orders = [(closing, abs(size)) for closing, _ in orders]
        return _submit(self, data, orders, kwargs)

    def order_target_size(self, data: Any = None, target: float = 0, **kwargs: Any) -> Any:
        """Submit what brings the position to `target` shares, see `orders_to`; return the last order, or None."""
        if not _knows_lots(self):
            return bt.Strategy.order_target_size(self, data, target, **kwargs)
        return _aim(self, _data_of(self, data), float(target), kwargs, "order_target_size")

    def order_target_value(
        self, data: Any = None, target: float = 0.0, price: float | None = None, **kwargs: Any
    ) -> Any:
        """Submit what brings the position to `target` CNY at `price`, by default the last close; see `orders_to`."""
        if not _knows_lots(self):
            return bt.Strategy.order_target_value(self, data, target, price, **kwargs)
        data = _data_of(self, data)
        shares = shares_for(target, data.close[0] if price is None else price) if target else 0.0
        return _aim(self, data, shares, {**kwargs, "price": price}, "order_target_value")

    def order_target_percent(self, data: Any = None, target: float = 0.0, **kwargs: Any) -> Any:
        """Submit what brings the position to the fraction `target` of the account's equity at the last close."""
        if not _knows_lots(self):
            return bt.Strategy.order_target_percent(self, data, target, **kwargs)
        return self.order_target_value(_data_of(self, data), target * self.broker.getvalue(), **kwargs)

    def buy_bracket(self, *args: Any, **kwargs: Any) -> list[Any]:
        """Submit a purchase with a stop and a limit that sell it; see ``bt.Strategy.buy_bracket``.

        With ``kind=OrderKind.MARGIN_BUY`` both sell to repay. A `kind` in `stopargs` or `limitargs` wins.
        """
        return bt.Strategy.buy_bracket(self, *args, **_bracket_of(self, kwargs, OrderKind.BUY))

    def sell_bracket(self, *args: Any, **kwargs: Any) -> list[Any]:
        """Submit a sale with a stop and a limit that buy back; see ``bt.Strategy.sell_bracket``.

        With ``kind=OrderKind.SHORT_SELL`` both buy to return. A `kind` in `stopargs` or `limitargs` wins.
        """
        return bt.Strategy.sell_bracket(self, *args, **_bracket_of(self, kwargs, OrderKind.SELL))

    def getsizing(self, data: Any = None, isbuy: bool = True) -> float:
        """Return what the sizer says, cut to what the board allows; less than a lot is left, to be refused."""
        size = bt.Strategy.getsizing(self, data, isbuy)
        if not _knows_lots(self) or not size:
            return size
        data = _data_of(self, data)
        holding, quote, asked = self.broker.holding(data), self.broker.quote(data), abs(size)
        if isbuy and asked == holding.owed:
            return asked  # any whole count may be returned
        held = holding.own + holding.financed
        return (sale_down(asked, held, quote) if not isbuy and asked <= held else lots_down(asked, quote)) or asked


_METHODS = (
    "close",
    "order_target_size",
    "order_target_value",
    "order_target_percent",
    "buy_bracket",
    "sell_bracket",
    "getsizing",
)


def equip(strategies: list[Any]) -> None:
    """Give each strategy the methods of `LotStrategy` in the place of backtrader's own; overridden ones stay."""
    for strategy in strategies:
        for name in _METHODS:
            if getattr(type(strategy), name) is getattr(bt.Strategy, name):
                setattr(strategy, name, MethodType(getattr(LotStrategy, name), strategy))


def _knows_lots(strategy: Any) -> bool:
    return hasattr(strategy.broker, "holding")


def _data_of(strategy: Any, data: Any) -> Any:
    if isinstance(data, str):
        return strategy.getdatabyname(data)
    return strategy.data if data is None else data


def _kind_of(kwargs: dict[str, Any], method: str) -> OrderKind | None:
    """Take `kind` out of the words of an order, checked."""
    kind = kwargs.pop("kind", None)
    return None if kind is None else check_kind(kind, BOUGHT + SOLD, method)


def _aim(strategy: Any, data: Any, shares: float, kwargs: dict[str, Any], method: str) -> Any:
    kind = _kind_of(kwargs, method)
    orders = orders_to(shares, strategy.broker.holding(data), kind, strategy.broker.quote(data))
    return _submit(strategy, data, orders, kwargs)


def _submit(strategy: Any, data: Any, orders: list[tuple[OrderKind, float]], kwargs: dict[str, Any]) -> Any:
    last = None
    for kind, size in orders:
        method = strategy.buy if kind in BOUGHT else strategy.sell
        last = method(data=data, size=size, kind=kind, **kwargs)
    return last


def _bracket_of(strategy: Any, kwargs: dict[str, Any], plain: OrderKind) -> dict[str, Any]:
    """Return the words of a bracket with a kind for each of its orders: backtrader gives one to all three."""
    entry = kwargs.get("kind", kwargs.get("oargs", {}).get("kind", plain))
    if not _knows_lots(strategy) or entry not in _CLOSING:
        return kwargs
    words = {name: value for name, value in kwargs.items() if name != "kind"}
    exit_ = {"kind": _CLOSING[entry]}
    own = {"oargs": {**kwargs.get("oargs", {}), "kind": entry}}
    return {**words, **own, **{name: {**exit_, **kwargs.get(name, {})} for name in ("stopargs", "limitargs")}}
