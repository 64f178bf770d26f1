"""The two ratios by which a credit account is judged."""

import math
from fractions import Fraction


def long_value(book, prices):
    value = sum((n * prices[symbol] for symbol, n in book.collateral.items() if n), Fraction(0))
    return value + sum((loan.shares * prices[loan.symbol] for loan in book.financing if loan.shares), Fraction(0))


def short_value(book, prices):
    return sum((short.shares * prices[short.symbol] for short in book.shorts), Fraction(0))


def assets(book, prices):
    return book.cash + long_value(book, prices)


def debt(book, prices):
    return book.principal + short_value(book, prices) + book.accrued


def equity(book, prices):
    return assets(book, prices) - debt(book, prices)


def maintenance(book, prices):
    """Return (cash + long) / (principal + short + accrued), infinite without debt."""
    owed = debt(book, prices)
    return assets(book, prices) / owed if owed else math.inf


def available_margin(book, prices, haircuts):
    """Return what new contracts may bind, as the rules of the exchanges write it."""
    margin = book.cash - book.accrued
    for symbol, shares in book.collateral.items():
        margin += shares * prices[symbol] * haircuts[symbol] if shares else 0
    for loan in book.financing:
        gain = loan.shares * prices[loan.symbol] - loan.principal
        margin += gain * (haircuts[loan.symbol] if gain > 0 else 1) - loan.principal * loan.ratio
    for short in book.shorts:
        value = short.shares * prices[short.symbol]
        gain = short.amount - value
        margin += gain * (haircuts[short.symbol] if gain > 0 else 1) - short.amount - value * short.ratio
    return margin
