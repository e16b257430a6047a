"""Share classes worked by hand; the working stands beside each."""

from __future__ import annotations

import numpy as np
import pytest

from backtest.classes import after_initial_charge, class_nav
from backtest.terms import ShareClass


def days(*written: str) -> np.ndarray:
    return np.array(written, dtype="datetime64[D]")


def test_a_performance_fee_over_two_years_up_down_and_up():
    """20 % above the high-water mark, paid at year ends. The fund: 100, 130, 120, then 90, 150, then 165.

    30 Jun 2020: worth 130, 30 above 100: 6 owed, NAV 124.
    31 Dec 2020: worth 120: 4 owed, NAV 116. It is the year's last trading day: 4 is paid, 116 is left, and is the mark.
    30 Jun 2021: 116 x 90 / 120 = 87, below 116: nothing owed.
    31 Dec 2021: 116 x 150 / 120 = 145, 29 above 116: 5.80 owed, NAV 139.20. Paid; the mark is 139.20.
    30 Jun 2022: 139.20 x 165 / 150 = 153.12, 13.92 above: 2.784 owed, NAV 150.336.
    On 31 Dec 2020 the 6 owed had become 6 x 120 / 130 = 5.538..., of which 4 stayed owed: 1.538... is given back.
    """
    found = class_nav(
        np.array([100.0, 130.0, 120.0, 90.0, 150.0, 165.0]),
        days("2020-01-02", "2020-06-30", "2020-12-31", "2021-06-30", "2021-12-31", "2022-06-30"),
        ShareClass(name="P", currency="GBP", ongoing_charge=0.0, performance_fee=0.2),
        fx=np.ones(6),
    )
    assert found.nav == pytest.approx([100.0, 124.0, 116.0, 87.0, 139.2, 150.336], rel=1e-14)
    assert found.fee == pytest.approx([0.0, 6.0, 4.0 - 6.0 * 120 / 130, 0.0, 5.8, 2.784], rel=1e-13)
    assert not found.charge.any() and not found.hedge.any()


def test_a_hedge_over_two_months_with_interest():
    """A dollar class of a sterling fund, from 29 January (100 dollars at 1.25 are 80 pounds) to the end of March 2021.

    Dollars pay 3.65 % and pounds nothing: 0.0001 a day. Dollars for a pound: 1.25, 1.30, 1.20, 1.28, 1.25.
    The fund stands still until 26 February, then rises by 10 %.
    15 Feb, 17 days: 80 pounds sold at 1.25 x 1.0017 = 1.252125, now 1.30: lost 80 x 0.047875 = 3.83.
                     100 x 1.30 / 1.25 - 3.83 = 100.17: 17 days of interest, whatever the pound did.
    26 Feb, 11 days: 80 x (1.30 x 1.0011 - 1.20) = 80 x 0.10143 = 8.1144 gained. 100.17 x 1.20 / 1.30 = 92.4646154;
                     with the gain 100.5790154. Interest alone is 100.2802: 80 pounds were sold while 100.17 dollars
                     were 77.05 pounds, and so the fall of the pound gained a little too much. 100.5790154 dollars
                     are 83.8158462 pounds, which are sold from here on.
    15 Mar, 17 days: 83.8158462 x (1.20 x 1.0017 - 1.28) = -83.8158462 x 0.07796 = -6.5342834.
                     100.5790154 x 1.10 x 1.28 / 1.20 = 118.0127114; less the loss 111.4784280.
    31 Mar, 16 days: 83.8158462 x (1.28 x 1.0016 - 1.25) = 83.8158462 x 0.032048 = 2.6861302.
                     111.4784280 x 1.25 / 1.28 = 108.8656523; with the gain 111.5517826.
    """
    found = class_nav(
        np.array([50.0, 50.0, 50.0, 55.0, 55.0]),
        days("2021-01-29", "2021-02-15", "2021-02-26", "2021-03-15", "2021-03-31"),
        ShareClass(name="H", currency="USD", ongoing_charge=0.0, hedged=True),
        fx=1.0 / np.array([1.25, 1.30, 1.20, 1.28, 1.25]),
        interest=(np.zeros(5), np.full(5, 0.0365)),
    )
    assert found.hedge == pytest.approx([0.0, -3.83, 8.1144, -6.5342834, 2.6861302], abs=5e-8)
    assert found.nav == pytest.approx([100.0, 100.17, 100.5790154, 111.4784280, 111.5517826], abs=5e-8)


def test_an_initial_charge_and_four_years_of_an_ongoing_one():
    """1,000 paid in at 5 %: 950 buys units at 100. Flat, at 1 % a year over 1,461 days: 0.99 to the fourth is left."""
    charged = ShareClass(name="R", currency="GBP", ongoing_charge=0.01, initial_charge=0.05)
    found = class_nav(np.full(2, 7.0), days("2020-01-01", "2024-01-01"), charged, fx=np.ones(2))
    assert found.nav == pytest.approx([100.0, 96.059601], rel=1e-14)
    assert found.charge == pytest.approx([0.0, 3.940399], rel=1e-13)
    assert after_initial_charge(found.nav, charged) * 10 == pytest.approx([950.0, 912.5662095], rel=1e-14)


def test_charge_hedge_and_fee_in_one_day():
    """Half of the value is charged a year of 365.25 days; from 2021-01-01 to 2022-01-01 are 365.

    100 dollars at 2.00 are 50 pounds. The pound falls to 1.00 while the fund trebles; interest is the same in both.
    The sale gains 50 x (2.00 - 1.00) = 50. Value: 100 x 3 x 1.00 / 2.00 + 50 = 200, of which 0.5^(365 / 365.25) =
    0.50023727... is left: 100.04745. 50 % of what is above 100 is owed: 0.02373. NAV 100.02373.
    """
    found = class_nav(
        np.array([1.0, 3.0]),
        days("2021-01-01", "2022-01-01"),
        ShareClass(name="X", currency="USD", ongoing_charge=0.5, hedged=True, performance_fee=0.5),
        fx=np.array([0.5, 1.0]),
        interest=(np.full(2, 0.02), np.full(2, 0.02)),
    )
    assert found.hedge[1] == pytest.approx(50.0)
    assert found.charge[1] == pytest.approx(200.0 - 100.04745, abs=1e-5)
    assert found.fee[1] == pytest.approx(0.02373, abs=1e-5)
    assert found.nav[1] == pytest.approx(100.02373, abs=1e-5)
