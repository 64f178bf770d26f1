"""Concentration: how much of the assets one security may be, by the maintenance ratio after the purchase.

Tiers: below 180 % at most 50 %, below 240 % at most 70 %. 100,000 of own cash, every share at 10.00.
"""

import pytest
from broker.desk import terms, watched
from broker.markets import panel

TIERS = terms(concentration=[{"below": 2.4, "share": 0.7}, {"below": 1.8, "share": 0.5}])  # in any order
FLAT = panel([[10.0, 10.0]] * 4)


def reasons(*orders, of=TIERS, later=()):
    done = watched(FLAT, {0: list(orders), 1: list(later)}, of)
    return [reason for _, reason in done.orders]


@pytest.mark.parametrize(
    ("own", "financed", "reason"),
    [
        (4_000, 7_100, ""),  # 171,000 / 71,000 = 2.408: no tier
        (4_600, 7_900, ""),  # 179,000 / 79,000 = 2.27: 125,000 of 125,300
        (4_700, 7_900, "concentration"),  # 126,000
        (0, 12_400, ""),  # 224,000 / 124,000 = 1.806: 124,000 of 156,800
        (0, 12_600, "concentration"),  # 226,000 / 126,000 = 1.79: 126,000 of 113,000
    ],
)
def test_tiers_by_the_ratio_after_a_financed_purchase(own, financed, reason):
    first = [("buy_collateral", 0, own)] if own else []
    assert reasons(*first, ("margin_buy", 0, financed))[-1] == reason


def test_another_security_has_a_share_of_its_own():
    assert reasons(("margin_buy", 0, 6_300), ("margin_buy", 1, 6_300)) == ["", ""]
    assert reasons(("margin_buy", 0, 6_300), ("margin_buy", 0, 6_300)) == ["", "concentration"]


def test_a_purchase_with_own_cash_counts_once_there_is_debt():
    # Debt 80,000, assets 180,000: 126,000 at most; 80,000 held.
    assert reasons(("margin_buy", 0, 8_000), ("buy_collateral", 0, 4_500)) == ["", ""]
    assert reasons(("margin_buy", 0, 8_000), ("buy_collateral", 0, 4_700)) == ["", "concentration"]


@pytest.mark.parametrize(("bought", "reason"), [(7_500, ""), (7_600, "concentration")])
def test_shorts_are_debt_and_their_proceeds_assets(bought, reason):
    # Short 150,000: 250,000 / 150,000 = 1.67, so 30 % are 75,000.
    of = terms(concentration=[{"below": 1.8, "share": 0.3}])
    assert reasons(("short_sell", 1, 15_000), ("buy_collateral", 0, bought), of=of) == ["", reason]
    assert reasons(("short_sell", 1, 12_000), ("buy_collateral", 0, bought), of=of) == ["", ""]  # 1.83


def test_without_debt_there_is_no_limit():
    assert reasons(("buy_collateral", 0, 10_000)) == [""]


def test_sales_and_repayments_are_never_stopped():
    first = (("margin_buy", 0, 6_300), ("margin_buy", 1, 6_300))
    later = [("sell_to_repay", 0, 100), ("repay", 100.0)]
    assert reasons(*first, later=later) == ["", "", "", ""]


def test_without_tiers_there_is_no_limit():
    assert reasons(("margin_buy", 0, 15_000), of=terms()) == [""]
