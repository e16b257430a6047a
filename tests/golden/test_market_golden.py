"""Figures worked by hand or published, with their source beside them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from backtest.mandate import parse_mandate
from backtest.market import sample
from backtest.market.prices import build_panel
from backtest.market.raw import RawMarket

DAYS = pd.DatetimeIndex(["2025-01-23", "2025-01-24", "2025-01-27", "2025-01-28", "2025-01-29"], name="date")


def one_name(closes: list[float], currency: str = "USD") -> RawMarket:
    universe = pd.DataFrame(
        {
            "name": ["One"],
            "sector": ["Energy"],
            "theme": ["other"],
            "country": ["US"],
            "currency": [currency],
            "listed": pd.DatetimeIndex([pd.NaT]),
            "delisted": pd.DatetimeIndex([pd.NaT]),
        },
        index=pd.Index(["ONE"], name="ticker"),
    )
    return RawMarket(
        closes=pd.DataFrame({"ONE": closes}, index=DAYS),
        universe=universe,
        dividends=pd.DataFrame({"date": DAYS[[2]], "asset": ["ONE"], "amount": [3.0]}),
        splits=pd.DataFrame({"date": DAYS[[3]], "asset": ["ONE"], "ratio": [2.0]}),
        fx=pd.DataFrame(
            {"USD": [1.0404, 1.0497, 1.0530, 1.0421, 1.0396], "GBP": [0.84310, 0.84275, 0.84106, 0.83855, 0.83700]},
            index=DAYS,
        ),
        fx_base="EUR",
        benchmark=pd.Series([100.0, 101.0, 102.0, 103.0, 104.0], index=DAYS),
        benchmark_currency=currency,
    )


def mandate(base: str = "USD", withholding: float = 0.0, **data: object):
    table = {
        "fund": {"name": "F", "firm": "G", "subject": "fund", "objective": "grow", "base_currency": base},
        "data": {"source": "sample", "benchmark_weights": "equal", "withholding_tax": {"default": withholding}, **data},
        "strategy": {"name": "hold_benchmark"},
        "share_class": [{"name": "A", "currency": base, "ongoing_charge": 0.01}],
        "distribution": {"jurisdictions": ["UK"], "audience": "retail", "channel": "internal"},
    }
    return parse_mandate(table, "golden")


def test_holding_period_returns_by_the_crsp_formula():
    """CRSP, Data Descriptions Guide, 'Returns': r(t) = (p(t) f(t) + d(t)) / p(t') - 1, p(t') the last price before t.

    Closes 100, 104, 99, 51, 51.51; a dividend of 3 on the third day; 2:1 on the fourth.
    By hand: +4 %, (99 + 3) / 104 - 1 = -1/52, (51 x 2) / 99 - 1 = +1/33, +1 %.
    """
    panel = build_panel(one_name([100.0, 104.0, 99.0, 51.0, 51.51]), mandate())
    daily = panel.prices[1:, 0] / panel.prices[:-1, 0] - 1.0
    assert daily == pytest.approx([0.04, -1 / 52, 1 / 33, 0.01], abs=1e-14)


def test_thirty_per_cent_withheld():
    """(99 + 3 x 0.7) / 104 - 1 = -2.9 / 104."""
    panel = build_panel(one_name([100.0, 104.0, 99.0, 51.0, 51.51]), mandate(withholding=0.30))
    assert panel.prices[2, 0] / panel.prices[1, 0] - 1.0 == pytest.approx(-2.9 / 104.0, abs=1e-14)


def test_a_cross_rate_from_the_ecb_reference_rates():
    """ECB, euro foreign exchange reference rates, 27 January 2025: USD 1.0530, GBP 0.84106. 1 USD = 0.79873 GBP."""
    panel = build_panel(one_name([100.0, 104.0, 99.0, 51.0, 51.51]), mandate("GBP"))
    assert panel.fx["USD"][2] == pytest.approx(0.84106 / 1.0530, rel=1e-15)
    assert round(float(panel.fx["USD"][2]), 5) == 0.79873
    assert panel.fx["GBP"][2] == 1.0


def test_cash_by_actual_days_over_365():
    """4.5 % over a Thursday, a Friday with its weekend, a Monday, a Tuesday: 1, 3, 1 and 1 days."""
    raw = replace(one_name([100.0, 104.0, 99.0, 51.0, 51.51]), cash_rate=pd.Series(0.045, index=DAYS))
    by_hand = np.cumprod([1.0, 1 + 0.045 / 365, 1 + 3 * 0.045 / 365, 1 + 0.045 / 365, 1 + 0.045 / 365])
    assert build_panel(raw, mandate()).cash == pytest.approx(by_hand, rel=1e-15)


def test_a_spin_off_by_hand():
    """Closes 100, 104, 99, 45, 46; a dividend of 3 on the third day; 2:1 and a spin-off on the fourth.

    On the fourth day one old share is two of 45 and half a share of a child that does not trade yet.  The child's
    first close comes on the fifth day, at 21: 0.5 x 21 = 10.5 for each old share, 5.25 for each new one.
    By hand: fourth day (45 x 2) / 99 - 1 = -1/11; fifth day (46 + 5.25) / 45 - 1 = 5/36.
    """
    raw = one_name([100.0, 104.0, 99.0, 45.0, 46.0])
    child = pd.Series([np.nan, np.nan, np.nan, np.nan, 21.0], index=DAYS)
    spun = pd.DataFrame({"date": DAYS[[3]], "asset": ["ONE"], "child": ["KID"], "ratio": [0.5], "currency": ["USD"]})
    panel = build_panel(replace(raw, closes=raw.closes.assign(KID=child), spin_offs=spun), mandate())
    daily = panel.prices[1:, 0] / panel.prices[:-1, 0] - 1.0
    assert daily == pytest.approx([0.04, -1 / 52, -1 / 11, 5 / 36], abs=1e-14)


def test_the_sample_market_is_the_same_bytes_on_every_machine():
    """Our own figure: the SHA-256 of all its tables. When it changes, every sheet made from the sample changes too."""
    assert sample.generate().inputs[0].sha256 == "b8cc49ceda010d3ab95e7a1351aa574bc6b7ba764da9a64e6bfb8fc27597ca1f"
