"""Figures of views in words."""

import numpy as np
import pandas as pd
import pytest
from liangrong.core.views.words import change_words, value_words

NAN = np.nan


@pytest.mark.parametrize(
    ("unit", "value", "told", "moved"),
    [
        ("days", 0.00213, "0.00213", ""),
        ("days", 0.07, "0.0700", ""),
        ("days", 1.23456, "1.23", ""),
        ("price", 0.853, "0.853", ""),
        ("price", 679.22, "679.22", ""),
        ("fraction", 0.0000213, "0.00213 %", "+0.002 pp"),
        ("fraction", 0.0047, "0.470 %", "+0.47 pp"),
        ("fraction", 0.1272, "12.72 %", "+12.72 pp"),
        ("fraction", 0.0, "0.00 %", "0.00 pp"),
        ("fraction", 1e-17, "0.00 %", "+0.00 pp"),
        ("days", NAN, "–", ""),
    ],
)
def test_small_values_keep_their_digits(unit, value, told, moved):
    row = pd.Series({"figure": "one", "unit": unit, "value": value})
    assert value_words(row) == told
    if moved:
        assert change_words(value, unit) == moved
