"""Scenarios on real prices: the sell-off of one day, older episodes, and shocks with measured betas.

Skipped where the market data do not lie beside the checkout.
"""

from __future__ import annotations

import runpy
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from backtest.market.prices import Panel
from backtest.metrics.scenario import EPISODES, Replay, margin_compression, replay, replay_all, shock, shocked

DATA = Path(__file__).parents[3] / "shared" / "data"
pytestmark = pytest.mark.skipif(
    not DATA.is_dir(), reason="real market data are not beside this checkout (../shared/data)"
)
SELL_OFF = EPISODES["sell_off_2025_01_27"]
HALF_A_HUNDREDTH = 0.00005  # the known figures are given to 0.01 per cent


@pytest.fixture(scope="module")
def truths() -> dict[str, object]:
    return runpy.run_path(str(Path(__file__).with_name("test_known_truths.py")))


@pytest.fixture(scope="module")
def panel(truths) -> Panel:
    return truths["market"]()[1]


def equal(panel: Panel, names: tuple[str, ...]) -> np.ndarray:
    return np.isin(panel.assets, names) / len(names)


def played(panel: Panel, weights: np.ndarray, episode=SELL_OFF) -> Replay:
    return replay(
        episode, panel.dates, panel.prices, weights, assets=panel.assets, themes=panel.themes, benchmark=panel.benchmark
    )


@pytest.mark.parametrize(("basket", "move"), [("CAPEX", -0.1781), ("ADOPTERS", 0.0197)])
def test_the_day_of_the_two_baskets(panel, truths, basket, move):
    found = played(panel, equal(panel, truths[basket]))
    assert list(found.dates.astype(str)) == ["2025-01-24", "2025-01-27"]
    assert found.total == pytest.approx(move, abs=HALF_A_HUNDREDTH)
    assert found.benchmark_total == pytest.approx(-0.0141, abs=HALF_A_HUNDREDTH)
    assert found.max_drawdown == min(0.0, found.total)
    assert found.contributions.sum() == pytest.approx(found.total, abs=1e-12)
    assert sum(found.theme_contributions.values()) == pytest.approx(found.total, abs=1e-12)
    assert found.left_out == () and found.ended == ()


def test_the_day_of_single_names(panel, truths):
    """A tenth in each of ten: the contribution of a name is a tenth of its move."""
    for basket in (truths["CAPEX"], truths["ADOPTERS"]):
        found = played(panel, equal(panel, basket))
        known = {name: move / 100.0 for name, move in truths["ONE_DAY"].items() if name in basket}
        assert len(known) >= 7
        for name, move in known.items():
            place = panel.assets.index(name)
            assert 10.0 * found.contributions[place] == pytest.approx(move, abs=HALF_A_HUNDREDTH)


def test_the_panel_holds_all_four_episodes_and_names_listed_later_are_stood_in_for(panel, truths):
    """CEG, VST and GEV were listed in or after 2016 to 2024; the dates come from the panel itself.

    The S&P 500 fell 19.8, 33.9 and 25.4 % from close to close (index provider); with dividends a little less.
    """
    weights = equal(panel, truths["CAPEX"])
    found = {r.episode.id: r for r in replay_all(
        panel.dates, panel.prices, weights, assets=panel.assets, themes=panel.themes, benchmark=panel.benchmark
    )}  # fmt: skip
    assert not any(r.reason for r in found.values())
    assert [n.asset for n in found["2018_q4"].left_out] == ["CEG", "GEV"]
    assert [n.asset for n in found["fall_2022"].left_out] == ["CEG", "GEV"]
    assert sum(n.weight for n in found["march_2020"].left_out) == pytest.approx(0.2)
    for episode, fall in (("2018_q4", -0.198), ("march_2020", -0.339), ("fall_2022", -0.254)):
        assert fall <= found[episode].benchmark_total <= fall + 0.015
        assert found[episode].benchmark_max_drawdown <= found[episode].benchmark_total + 1e-12
        first, last = (np.searchsorted(panel.dates, day) for day in found[episode].dates[[0, -1]])
        held = np.isfinite(panel.prices[first]) & (weights > 0.0)
        by_hand = (panel.prices[last] / panel.prices[first])[held].mean() - 1.0
        assert found[episode].total == pytest.approx(by_hand, abs=1e-12)


def test_a_shock_to_capex_with_measured_betas(panel, truths):
    """Betas on the year to 2025-01-24, inside which a capex name was listed: GEV, on 2024-04-02.

    No sign is assumed of any single beta; the median of all others was positive.
    """
    end = int(np.searchsorted(panel.dates, np.datetime64("2025-01-24")))
    prices = panel.prices[end - 252 : end + 1]
    returns = prices[1:] / prices[:-1] - 1.0
    index = panel.benchmark_weights[end]
    labels = {"assets": panel.assets, "themes": panel.themes}
    baskets = shocked({"capex": -0.10}, **labels, sectors=panel.sectors)
    weights = equal(panel, truths["CAPEX"] + truths["ADOPTERS"])
    found = shock(baskets, returns, weights, index, **labels)
    capex = np.asarray(panel.themes) == "capex"
    assert (found.effects[capex] == -0.10).all()
    others = found.betas[~capex & ~np.isnan(found.betas[:, 0]), 0]
    assert 0.05 < np.median(others) < 0.6
    seen = np.ma.masked_invalid(returns[:, capex])
    assert np.ma.count_masked(seen) > 0
    basket = np.ma.average(seen, axis=1, weights=index[capex]).filled(np.nan)
    place = panel.assets.index("JPM")
    assert found.betas[place, 0] == pytest.approx(np.polyfit(basket, returns[:, place], 1)[0], rel=1e-9)
    assert found.left_out == ()
    assert np.isfinite([found.total, found.benchmark_total]).all()


def test_margins_of_a_snapshot(panel):
    """The margins file is a snapshot of 2026, so the holdings are those of the panel's last day, not of the past."""
    table = pd.read_csv(DATA / "us_large_cap" / "fundamentals_snapshot.csv", index_col="ticker")["grossMargins"]
    margins = table.reindex(panel.assets).to_numpy()
    weights = panel.benchmark_weights[-1]
    found = margin_compression(weights, weights, margins, assets=panel.assets, themes=panel.themes)
    assert (found.totals < 0.0).all() and found.totals[1] < found.totals[0]
    np.testing.assert_allclose(found.active, 0.0)
    place = panel.assets.index("NVDA")
    assert found.effects[0, place] == pytest.approx(-0.10 / table["NVDA"])
    unknown = {n.asset for n in found.left_out}
    capex = {a for a, theme in zip(panel.assets, panel.themes, strict=True) if theme == "capex"}
    assert unknown == {a for a in capex if not table.get(a, np.nan) > 0.0}
