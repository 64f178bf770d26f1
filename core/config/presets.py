"""Typical terms of brokers, by name: what `account.preset` fills in before the configuration's own keys.

Grade C throughout: terms differ by broker, customer and year, so check yours.

* Lines: brokers publish warning / call / instant lines in their risk disclosures and contract forms; 145/130/110,
  140/130/110 and 150/140/130 (percent) are common triples. The first often comes with concentration tiers.
* Rates: 7.86 % and 9 to 10 % in the pilot of 2010; 8.35 % and 10.35 % are list prices since 2015; by 2025 customers
  negotiated 3 to 6 % for financing.
* Rates by date: the benchmark lending rate of six months plus 3 points until 2015, list prices after, typical
  negotiated rates last; the borrow fee likewise.
* Ratio by haircut: many brokers ask max(1.7 - haircut, 1.0) for a financed purchase.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from ..errors import did_you_mean

LIST_PRICE: Mapping[str, float] = MappingProxyType({"financing_rate": 0.0835, "borrow_rate": 0.1035})
"""What brokers ask for without negotiation, per year, since 2015."""

_FINANCING = (
    ("2010-03-31", 0.0786),
    ("2010-10-20", 0.0810),
    ("2010-12-26", 0.0835),
    ("2011-02-09", 0.0860),
    ("2011-04-06", 0.0885),
    ("2011-07-07", 0.0910),
    ("2012-06-08", 0.0885),
    ("2012-07-06", 0.0860),
    ("2015-03-01", 0.0835),
    ("2020-01-01", 0.070),
    ("2023-01-01", 0.060),
    ("2024-01-01", 0.050),
    ("2025-01-01", 0.045),
)
_BORROW = (("2010-03-31", 0.0986), ("2015-03-01", 0.1035), ("2022-01-01", 0.085))


def _dated(rows: tuple[tuple[str, float], ...]) -> list[dict[str, Any]]:
    return [{"date": date, "rate": rate} for date, rate in rows]


PRESETS: Mapping[str, Mapping[str, Any]] = MappingProxyType(
    {
        "lines_145_130_110": {
            "lines": {"warn": 1.45, "call": 1.30, "restore": 1.45, "instant": 1.10},
            "concentration": [{"below": 1.80, "share": 0.50}, {"below": 2.40, "share": 0.70}],
        },
        "lines_140_130_110": {"lines": {"warn": 1.40, "call": 1.30, "restore": 1.40, "instant": 1.10}},
        "lines_150_140_130": {"lines": {"warn": 1.50, "call": 1.40, "restore": 1.50, "instant": 1.30}},
        "rates_2010": {"financing_rate": 0.0786, "borrow_rate": 0.0986},
        "rates_2015_list": LIST_PRICE,
        "rates_2025_negotiated": {"financing_rate": 0.045, "borrow_rate": 0.085},
        "rates_by_year": {"financing_rate": _dated(_FINANCING), "borrow_rate": _dated(_BORROW)},
        "ratio_by_haircut": {"financing_ratio_base": 1.70},
    }
)
"""Name -> keys of `account`. Of several presets the later wins, the configuration's own keys win over all."""


def with_presets(account: Mapping[str, Any]) -> dict[str, Any]:
    """Return the keys of `account` over those of the presets that it names.

    Raises
    ------
    ValueError
        A preset that does not exist; pydantic turns it into an error of the key.
    """
    names = account.get("preset") or []
    names = [names] if isinstance(names, str) else names
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise ValueError("`preset` should be a name or a list of names")
    filled: dict[str, Any] = {}
    for name in names:
        if name not in PRESETS:
            hint = did_you_mean(str(name), PRESETS)
            raise ValueError(f"there is no preset `{name}`: {hint}known are {', '.join(PRESETS)}")
        _lay_over(filled, PRESETS[name])
    _lay_over(filled, account)
    return filled


def _lay_over(base: dict[str, Any], keys: Mapping[str, Any]) -> None:
    for key, value in keys.items():
        if isinstance(value, Mapping) and isinstance(base.get(key), dict):
            base[key] = {**base[key], **value}
        else:
            base[key] = dict(value) if isinstance(value, Mapping) else value
