"""Typical terms of brokers, by name: what `account.preset` fills in before the configuration's own keys.

Grade C throughout: terms differ by broker, customer and year, so check yours.

* Lines: brokers publish warning / call / instant lines in their risk disclosures and contract forms; 145/130/110,
  140/130/110 and 150/140/130 (percent) are common triples. The first often comes with concentration tiers.
* Rates: 7.86 % and 9 to 10 % in the pilot of 2010; 8.35 % and 10.35 % are list prices since 2015; by 2025 customers
  negotiated 3 to 6 % for financing.
* Ratio by haircut: many brokers ask max(1.7 - haircut, 1.0) for a financed purchase.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from ..errors import did_you_mean

PRESETS: Mapping[str, Mapping[str, Any]] = MappingProxyType(
    {
        "lines_145_130_110": {
            "lines": {"warn": 1.45, "call": 1.30, "restore": 1.45, "instant": 1.10},
            "concentration": [{"below": 1.80, "share": 0.50}, {"below": 2.40, "share": 0.70}],
        },
        "lines_140_130_110": {"lines": {"warn": 1.40, "call": 1.30, "restore": 1.40, "instant": 1.10}},
        "lines_150_140_130": {"lines": {"warn": 1.50, "call": 1.40, "restore": 1.50, "instant": 1.30}},
        "rates_2010": {"financing_rate": 0.0786, "borrow_rate": 0.0986},
        "rates_2015_list": {"financing_rate": 0.0835, "borrow_rate": 0.1035},
        "rates_2025_negotiated": {"financing_rate": 0.045, "borrow_rate": 0.085},
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
