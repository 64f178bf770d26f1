"""The panel: what it accepts, how it is cut, and that it survives a pickle."""

import pickle
from typing import Any

import numpy as np
import pytest
from liangrong.core.errors import DataError, DateError
from liangrong.core.panel.panel import Panel

DAYS = np.array(["2024-03-04", "2024-03-05", "2024-03-06"], dtype="datetime64[D]")


def small(**changes):
    close = np.array([[1.0, 10.0], [2.0, 20.0], [3.0, np.nan]])
    given: dict[str, Any] = {
        "sessions": DAYS,
        "symbols": ("600000.SH", "000001.SZ"),
        "fields": {"close": close},
        "source": "by hand",
    }
    return Panel(**{**given, **changes})


def test_fields_are_read_only():
    with pytest.raises(ValueError, match="read-only"):
        small()["close"][0, 0] = 5.0


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"sessions": DAYS[::-1]}, "strictly increasing"),
        ({"symbols": ("600000.SH", "600000.SH")}, "600000.SH.*more than once"),
        ({"fields": {"close": np.ones((3, 3))}}, r"`close` should have shape \(3, 2\)"),
        ({"fields": {"klose": np.ones((3, 2))}}, "`klose` is not a canonical field"),
    ],
)
def test_what_is_no_panel_is_refused(changes, message):
    with pytest.raises(DataError, match=message):
        small(**changes)


def test_an_absent_field_is_named_with_those_that_exist():
    with pytest.raises(DataError, match="no field `open`; it has close"):
        small()["open"]
    assert small().get("open") is None


def test_select_keeps_the_order_asked_for():
    cut = small().select(["000001.SZ"])
    assert cut.symbols == ("000001.SZ",)
    assert cut["close"][:2, 0].tolist() == [10.0, 20.0]
    with pytest.raises(DataError, match=r"no security 600519\.SH"):
        small().select(["600519.SH"])
    with pytest.raises(DataError, match=r"no security sz000001; it has . others: write '000001.SZ'"):
        small().select(["sz000001"])


def test_window_holds_both_ends():
    assert small().window(DAYS[1], DAYS[2]).sessions.tolist() == DAYS[1:].tolist()
    with pytest.raises(DateError, match=r"2024-03-04\.\.2024-03-06"):
        small().window(np.datetime64("2025-01-01"), None)


def test_a_pickled_panel_comes_back():
    panel = small(imputed={"close": "made up"}, synthetic=True)
    back = pickle.loads(pickle.dumps(panel))
    assert (back.symbols, back.source, back.synthetic, dict(back.imputed)) == (
        panel.symbols,
        panel.source,
        panel.synthetic,
        dict(panel.imputed),
    )
    np.testing.assert_array_equal(back["close"], panel["close"])
    np.testing.assert_array_equal(back.sessions, panel.sessions)


def test_a_field_and_a_security_are_data_frames_with_units():
    panel = small(fields={"close": small()["close"], "volume": np.ones((3, 2))})
    close = panel.frame("close")
    assert (close.attrs, close.index.name) == ({"field": "close", "unit": "CNY per share, unadjusted"}, "date")
    np.testing.assert_array_equal(close.to_numpy(), panel["close"])
    assert list(close) == list(panel.symbols)
    one = panel.frame(panel.symbols[1])
    assert list(one) == list(panel.fields)
    np.testing.assert_array_equal(one["close"], panel["close"][:, 1])
    assert one.attrs["units"]["volume"] == "shares"
    np.testing.assert_array_equal(one.index.to_numpy().astype("datetime64[D]"), panel.sessions)
    close.iloc[:] = 0.0  # a copy
    assert not (panel["close"] == 0.0).any()


@pytest.mark.parametrize(
    ("asked", "told"),
    [("clos", r"did you mean `close`\?"), ("600000", "write '600000.SH'"), ("qqqq", "fields are ")],
)
def test_what_is_neither_a_field_nor_a_symbol_is_answered(asked, told):
    with pytest.raises(DataError, match=f"'{asked}' is no field and no symbol of this panel: .*{told}"):
        small().frame(asked)
