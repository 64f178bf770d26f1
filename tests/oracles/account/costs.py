"""What an order costs, and at what price it is carried out."""

from fractions import Fraction
from typing import NamedTuple

from .numbers import down_to, half_up, up_to
from .rules import rule
from .terms import stricter


class Fees(NamedTuple):
    """CNY."""

    commission: Fraction
    duty: Fraction
    transfer: Fraction

    @property
    def total(self):
        return self.commission + self.duty + self.transfer


def fees_of(terms, day, symbol, board, shares, price, is_sale):
    """Return the fees of an order; a fund pays neither stamp duty nor transfer fee."""
    value = shares * price
    commission = half_up(max(value * terms.commission_rate, terms.commission_minimum))
    if board == "etf":
        return Fees(commission, Fraction(0), Fraction(0))
    duty = half_up(value * stricter(terms.stamp_duty_rate, rule("stamp_duty_sell", day))) if is_sale else Fraction(0)
    return Fees(commission, duty, half_up(_transfer(terms, day, symbol, shares, value)))


def _transfer(terms, day, symbol, shares, value):
    exchange = symbol.rsplit(".", 1)[-1].lower()
    by_value = value * (rule("transfer_fee", day, "", exchange) or 0)
    by_par = shares * (rule("transfer_fee_on_par", day, exchange) or 0)
    own = terms.transfer_fee_rate
    if own is None:
        return by_value + by_par
    return own.value * value if own.override else max(own.value * value, by_value + by_par)


def slipped(terms, quote, price, is_buy):
    """Return `price` moved to the next tick against the trader, no further than the day's limit."""
    if not terms.slippage:
        return price
    if is_buy:
        moved = up_to(price * (1 + terms.slippage), quote.tick)
        return moved if quote.limit_up is None else min(moved, quote.limit_up)
    moved = down_to(price * (1 - terms.slippage), quote.tick)
    return moved if quote.limit_down is None else max(moved, quote.limit_down)
