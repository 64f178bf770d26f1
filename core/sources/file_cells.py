"""Cells of a file -> numbers and words, a whole column at once; whatever is neither is named by its line.

Every source reads through here, so that thousands commas, wide spaces, dashes for missing values and the spellings of
a spreadsheet mean the same everywhere.
"""

import re
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from ..errors import DataError
from ..types import Row

MISSING = ("", "-", "--", "—", "nan", "NaN", "null", "NULL", "None", "N/A", "NA", "#N/A", "<NA>", "NaT")
"""How files write that there is no value."""

_INVISIBLE = "[\ufeff\ufffc\u200b]"
_GROUPED = r"^[-+]?\d{1,3}(,\d{3})+(\.\d*)?$"
_NUMBER = r"^[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?$"
_QUOTED_FORMULA = re.compile('^="(.*)"$')
_FORMULA = r'^="(.*)"$'
Places = NDArray[np.int64]


class Words(NamedTuple):
    """A column of text, each distinct word once.

    Parameters
    ----------
    codes : int (rows,)
        Number of the word of each row.
    words : list of str
        Cleaned; two of them may be alike.
    wide : int (k,)
        Rows with wide or invisible spaces around their cell.
    """

    codes: NDArray[np.integer]
    words: list[str]
    wide: Places

    def used(self) -> list[int]:
        """Return the numbers of the words that some row has."""
        return np.flatnonzero(np.bincount(self.codes, minlength=len(self.words))).tolist()

    def texts(self) -> list[str]:
        """Return the cleaned text of every row."""
        return [self.words[code] for code in self.codes.tolist()]


class Numbers(NamedTuple):
    """A column of numbers, NaN where there is none, and the rows in which something was read into them."""

    values: Row
    missing: Places
    commas: Places
    wide: Places


NONE: Places = np.empty(0, dtype=np.int64)


def clean(cell: str) -> str:
    """Return a cell without spaces around it, invisible signs and the armour ``="600519"`` of a spreadsheet."""
    text = cell.strip()
    if text.isascii() and not text.startswith("="):  # nearly all: no need to search
        return text
    text = re.sub(_INVISIBLE, "", text).strip()
    armoured = _QUOTED_FORMULA.match(text)
    return (armoured[1] if armoured else text).strip()


def words_of(cells: pa.Array | pa.ChunkedArray) -> Words:
    """Return a column of text (or its dictionary) as `Words`."""
    whole = cells.combine_chunks() if isinstance(cells, pa.ChunkedArray) else cells
    if isinstance(whole, pa.ChunkedArray):
        whole = pa.concat_arrays(whole.chunks) if whole.num_chunks else pa.array([], pa.string())
    coded = whole if pa.types.is_dictionary(whole.type) else whole.dictionary_encode()
    raw = ["" if word is None else word for word in coded.dictionary.to_pylist()]
    indices = coded.indices
    if indices.null_count:
        indices = indices.fill_null(len(raw))
        raw.append("")
    codes = indices.to_numpy(zero_copy_only=False)
    words = [clean(word) for word in raw]
    odd = [i for i, word in enumerate(raw) if not word.isascii() and word.strip(" \t\r") != words[i]]
    return Words(codes, words, np.flatnonzero(np.isin(codes, odd)) if odd else NONE)


def numbers_of(cells: pa.Array | pa.ChunkedArray, where: Callable[[int], str]) -> Numbers:
    """Return a column of text as numbers.

    Parameters
    ----------
    cells : array of str (rows,)
    where : callable
        Row -> ``margin.csv line 7, column `close```, for messages.

    Raises
    ------
    DataError
        A cell that is no number, an infinite one, or a comma that does not part thousands: ``12,5`` is not 125.
    """
    try:
        values = _floats(cells)
        if not len(values) or np.isfinite(values).all():
            return Numbers(values, NONE, NONE, NONE)
    except pa.ArrowInvalid:
        pass
    trimmed = pc.utf8_trim_whitespace(pc.replace_substring_regex(cells, _INVISIBLE, ""))
    wide = _rows(pc.not_equal(pc.utf8_trim(cells, " \t\r"), trimmed))
    trimmed = pc.utf8_trim_whitespace(pc.replace_substring_regex(trimmed, _FORMULA, r"\1"))
    missing = pc.is_in(trimmed, value_set=pa.array(MISSING))
    comma = pc.match_substring(trimmed, ",")
    wrong = _rows(pc.and_(comma, pc.invert(pc.match_substring_regex(trimmed, _GROUPED))))
    if len(wrong):
        cell = trimmed[int(wrong[0])].as_py()
        raise DataError(
            f"{where(int(wrong[0]))}: `{cell}` has a comma that does not part groups of three digits: "
            "write decimals with a point, such as 12.5"
        )
    plain = pc.if_else(missing, None, pc.replace_substring(trimmed, ",", ""))
    try:
        values = _floats(plain)
    except pa.ArrowInvalid:
        strange = _rows(pc.fill_null(pc.invert(pc.match_substring_regex(plain, _NUMBER)), False))
        row = int(strange[0]) if len(strange) else 0
        raise DataError(f"{where(row)}: `{cells[row].as_py()}` is not a number") from None
    if np.isinf(values).any():
        row = int(np.flatnonzero(np.isinf(values))[0])
        raise DataError(f"{where(row)}: `{cells[row].as_py()}` is not a number")
    return Numbers(values, _rows(missing), _rows(comma), wide)


def _floats(cells: pa.Array | pa.ChunkedArray) -> Row:
    return np.asarray(pc.cast(cells, pa.float64()), dtype=np.float64)


def _rows(mask: pa.Array | pa.ChunkedArray) -> Places:
    return np.flatnonzero(np.asarray(mask))
