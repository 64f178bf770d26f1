"""The order of one session across securities: a radix sort, and what is read off it.

Doubles become integers in the same order, less the smallest of the row. One 64-bit word holds as many leading bits of
that integer as fit, and the column below them. Three passes of 11 bits sort the words by their leading 33 bits, which
tell any two values apart that differ by more than 2**-33 of the row's range of integers, so that next to nothing is
left to an insertion sort by the full integers. Rows that leave more than a little (thousands of values closer than 1e-7
of their size, and others far off) are sorted by all bits instead.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..types import Panel2D
from .jit import jit

_NONE, _ONE = np.uint64(0), np.uint64(1)
_DIGIT = np.uint64(11)
_PASSES = 3
_RADIX = 2**11
_LAST = np.uint64(_RADIX - 1)
_SIGN = np.int64(-(2**63))
_REST = np.int64(2**63 - 1)
_INFINITY = np.int64(0x7FF0000000000000)
_NO_VALUE = _REST
"""Stands for NaN among the keys: above that of every value."""

_PATIENCE = 8
"""Steps that the insertion sort may take for each value before the row is sorted by all bits."""

_RANK, _BUCKET = range(2)

Rows = tuple[np.uint64, np.uint64]
"""First row and step."""


class _Scratch(NamedTuple):
    """The integers of a row by column, the words, a second place for them, and the counts of each digit."""

    keys: NDArray[np.int64]
    words: NDArray[np.uint64]
    spare: NDArray[np.uint64]
    counts: NDArray[np.uint64]


def _scratch(columns: int) -> _Scratch:
    return _Scratch(
        np.empty(columns, np.int64),
        np.empty(columns, np.uint64),
        np.empty(columns, np.uint64),
        np.empty((_PASSES, _RADIX), np.uint64),
    )


def fill_ranks(panel: Panel2D, rows: Rows, out: Panel2D) -> None:
    """Write the fractional ranks of these rows."""
    _places(panel.view(np.int64), rows, (_RANK, 1.0), _scratch(panel.shape[1]), out)


def fill_buckets(count: int, panel: Panel2D, rows: Rows, out: Panel2D) -> None:
    """Write the buckets of these rows, `count` of them."""
    _places(panel.view(np.int64), rows, (_BUCKET, float(count)), _scratch(panel.shape[1]), out)


def fill_clipped(low: float, high: float, panel: Panel2D, rows: Rows, out: Panel2D) -> None:
    """Write the values of these rows, clipped to their quantiles `low` and `high`."""
    _clip(panel, panel.view(np.int64), rows, (low, high), _scratch(panel.shape[1]), out)


@jit
def _key(bits):
    """Return an integer that orders as the double of these bits; -0.0 and 0.0 have one."""
    # The bits of a positive double, read as an integer, grow with it; those of a negative one grow as it falls, which
    # turning all bits but the sign mends. Integers have digits to sort by, doubles can only be compared.
    key = bits if bits >= 0 else bits ^ _REST
    return np.int64(0) if bits == _SIGN else key


@jit
def _width(number):
    """Return how many bits a number has."""
    width = np.uint64(0)
    while number:
        number >>= _ONE
        width += _ONE
    return width


@jit
def _find_keys(bits, keys):
    """Set the keys of a row; return how many values it has, the smallest key, and the bits that their range needs."""
    n, low, high = 0, _NO_VALUE, _SIGN
    for j in range(bits.size):
        is_value = (bits[j] & _REST) <= _INFINITY
        key = _key(bits[j])
        keys[j] = key if is_value else _NO_VALUE
        n += 1 if is_value else 0
        low = min(low, key if is_value else _NO_VALUE)
        high = max(high, key if is_value else _SIGN)
    return n, np.uint64(low), _width(np.uint64(high) - np.uint64(low)) if n else _NONE


@jit
def _find_words(keys, low, drop, place, words):
    """Set the words of the values in a row: the key less `low` without its last `drop` bits, then the column."""
    # A word is written for every column, but only a value moves `n` on: the word of a gap is written over by the next.
    # Without a branch it does not matter how the gaps are spread.
    n = _NONE
    for j in range(np.uint64(keys.size)):
        key = keys[j]
        words[n] = ((np.uint64(key) - low) >> drop) << place | j
        n += _ONE if key != _NO_VALUE else _NONE


@jit
def _begin(counts):
    """Turn counts into the places where each digit begins."""
    total = np.uint64(0)
    for digit in range(counts.size):
        count = counts[digit]
        counts[digit] = total
        total += count


@jit
def _scatter(words, shift, places, target):
    for word in words:
        digit = (word >> shift) & _LAST
        place = places[digit]
        target[place] = word
        places[digit] = place + _ONE


@jit
def _sort_by_word(words, spare, place, top, counts):
    """Return the array that holds the words in the order of their leading bits, `top` being how many they have."""
    # Radix sort, the lowest digit first: a pass counts how often each of the 2048 values of a digit occurs, so knows
    # where each value's words begin, and moves every word there in the order in which it comes. Words with equal digits
    # keep their order, so that after the last pass they are ordered by all three digits. Nothing is compared; it
    # replaces argsort, whose n log n comparisons a processor cannot foretell. All counts come from one reading.
    shift = max(place, top - min(top, _DIGIT * np.uint64(_PASSES)))
    low, middle, high = counts[0], counts[1], counts[2]
    counts[:] = _NONE
    for word in words:
        rest = word >> shift
        low[rest & _LAST] += _ONE
        middle[(rest >> _DIGIT) & _LAST] += _ONE
        high[rest >> (_DIGIT + _DIGIT)] += _ONE
    for digits in (low, middle, high):
        if digits[0] < np.uint64(words.size):  # else all have the digit 0
            _begin(digits)
            _scatter(words, shift, digits, spare)
            words, spare = spare, words
        shift += _DIGIT
    return words


@jit
def _settle(words, place, keys):
    """Finish a nearly sorted row by its full keys; return whether it was done within patience."""
    # Insertion sort, quadratic on a mess but one comparison a word where the order is right already. Only neighbours
    # whose leading bits are equal can be in the wrong order.
    mask = (_ONE << place) - _ONE
    patience = _PATIENCE * words.size
    before = np.uint64(0)
    for i in range(1, words.size):
        before, word = words[i - 1], words[i]
        if before >> place < word >> place:
            continue
        key, k = keys[word & mask], i
        while k > 0 and keys[words[k - 1] & mask] > key:
            words[k] = words[k - 1]
            k -= 1
        words[k] = word
        patience -= i - k
        if patience < 0:
            return False
    return True


@jit
def _sort_by_key(words, spare, place, keys, low, counts):
    """Return the array that holds the words in the order of their keys, from all bits of these."""
    # As `_sort_by_word`, with six digits, which are looked up in `keys` by the column of the word: slower, never wrong.
    mask = (_ONE << place) - _ONE
    for shift in range(_NONE, np.uint64(64), _DIGIT):
        counts[:] = _NONE
        for word in words:
            counts[((np.uint64(keys[word & mask]) - low) >> shift) & _LAST] += _ONE
        _begin(counts)
        for word in words:
            digit = ((np.uint64(keys[word & mask]) - low) >> shift) & _LAST
            spare[counts[digit]] = word
            counts[digit] += _ONE
        words, spare = spare, words
    return words


@jit
def _sort(bits, place, scratch):
    """Return the words of the values of a row in ascending order; the last `place` bits of a word are its column."""
    # A word carries its column along, so that one array moves, not keys and columns. Bits of the key that find no
    # place beside the column are dropped (`drop`); what they would have told is settled afterwards.
    keys, words, spare, counts = scratch
    n, low, width = _find_keys(bits, keys)
    drop = width - min(width, np.uint64(64) - place)
    _find_words(keys, low, drop, place, words)
    words, spare = words[:n], spare[:n]
    found = _sort_by_word(words, spare, place, place + width - drop, counts)
    return found if _settle(found, place, keys) else _sort_by_key(words, spare, place, keys, low, counts[0])


@jit
def _write_places(words, place, keys, task, row):
    """Write the rank or bucket of sorted values; equal ones share it."""
    kind, count = task
    mask = (_ONE << place) - _ONE
    n, first = words.size, 0
    for end in range(1, n + 1):
        before, word = words[end - 1], words[min(end, n - 1)]
        if end < n and before >> place == word >> place and keys[before & mask] == keys[word & mask]:
            continue
        if kind == _RANK:
            value = (first + 1.0 + end) * 0.5 / n
        else:
            # Below 2**53 no quotient but a whole number is rounded to one.
            value = np.ceil(first * count / (n - 1.0)) - 1.0 if first > 0 else 0.0
        for i in range(first, end):
            row[words[i] & mask] = value
        first = end


@jit
def _places(bits, rows, task, scratch, out):
    first, step = rows
    place = _width(np.uint64(bits.shape[1]))
    for t in range(first, np.uint64(bits.shape[0]), step):
        words = _sort(bits[t], place, scratch)
        out[t] = np.nan
        _write_places(words, place, scratch.keys, task, out[t])


@jit
def _quantile(row, words, mask, fraction):
    """Return a quantile of the values in `row` by linear interpolation, from the nearer of the two around it.

    NaN where one of these is infinite: nothing lies between.
    """
    n = words.size
    at = (n - 1) * fraction
    i = np.int64(np.floor(at))
    share = at - i
    below, above = row[words[i] & mask], row[words[min(i + 1, n - 1)] & mask]
    if below == above or share == 0.0:
        return below
    gap = above - below
    if gap == np.inf:
        return np.nan
    return below + gap * share if share < 0.5 else above - gap * (1.0 - share)


@jit
def _clip(panel, bits, rows, fractions, scratch, out):
    first, step = rows
    place = _width(np.uint64(bits.shape[1]))
    mask = (_ONE << place) - _ONE
    for t in range(first, np.uint64(bits.shape[0]), step):
        words = _sort(bits[t], place, scratch)
        low, high = np.nan, np.nan
        if words.size:
            low, high = _quantile(panel[t], words, mask, fractions[0]), _quantile(panel[t], words, mask, fractions[1])
        for j in range(panel.shape[1]):
            x = panel[t, j]
            out[t, j] = low if x < low else (high if x > high else x)
