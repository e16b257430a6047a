"""Scenarios at their edges: what is not known, what is refused, and that no sheet can reach them."""

import ast
from dataclasses import FrozenInstanceError
from pathlib import Path
from typing import get_args

import numpy as np
import pytest

from backtest.facts import Basis
from backtest.metrics import scenario
from backtest.metrics.scenario import (
    BASIS,
    EPISODES,
    NOTICE,
    Episode,
    betas_to,
    group_sums,
    jevons_grid,
    margin_compression,
    replay,
    replay_all,
    shock,
    shocked,
    spend_scale,
)
from backtest.metrics.scenario.parts import LeftOut

ROOT = Path(__file__).parents[3]
ASSETS, THEMES = ("AAA", "BBB", "CCC", "DDD"), ("capex", "capex", "adopter", "other")
SECTORS = ("Tech", "Energy", "Banks", "Banks")
LABELS = {"assets": ASSETS, "themes": THEMES}
EVEN = np.full(4, 0.25)
DATES = np.arange(np.datetime64("2024-12-30"), np.datetime64("2025-02-01"))
DATES = DATES[np.is_busday(DATES)]
WEEK = Episode("week", "A week", "2025-01-06", "2025-01-10")
RANDOM = np.random.default_rng(4)
PRICES = 100.0 * np.cumprod(1.0 + RANDOM.normal(0.0, 0.02, (len(DATES), 4)), axis=0)
RETURNS = RANDOM.normal(0.0, 0.02, (252, 4))


def play(prices=PRICES, weights=EVEN, episode=WEEK, **levels):
    return replay(episode, DATES, prices, weights, **LABELS, **levels)


def shake(shocks, returns=RETURNS, weights=EVEN, index=EVEN, **options):
    return shock(shocked(shocks, **LABELS, sectors=SECTORS), returns, weights, index, **LABELS, **options)


def squeeze(margins, weights=EVEN, **options):
    return margin_compression(weights, EVEN, np.array(margins), **LABELS, **options)


def grid(margins=(0.4, 0.4, 0.2, 0.1), cost=0.1, weights=EVEN, index=EVEN, **options):
    return jevons_grid(weights, index, np.array(margins), cost, **LABELS, **options)


# What no figure may be


def test_every_answer_is_hypothetical_and_hypothetical_is_no_basis_of_a_fact():
    answers = (play(), shake({"capex": -0.1}), squeeze([0.5] * 4), grid())
    assert {answer.basis for answer in answers} == {BASIS} == {"hypothetical"}
    assert BASIS not in get_args(Basis)
    assert all(answer.assumptions for answer in answers)
    assert "never" in NOTICE
    with pytest.raises(FrozenInstanceError):
        answers[0].basis = "simulated"


def test_nothing_that_makes_a_sheet_imports_scenarios():
    makers = [p for name in ("factsheet", "facts", "disclosure") for p in (ROOT / "backtest" / name).rglob("*.py")]
    makers += [ROOT / "backtest" / f"{name}.py" for name in ("measure", "charts")]
    makers += (ROOT / "backtest" / "render").glob("*.py")
    assert len(makers) > 15
    for path in makers:
        tree = ast.parse(path.read_text(encoding="utf-8"))
        names = {n.module or "" for n in ast.walk(tree) if isinstance(n, ast.ImportFrom)}
        names |= {a.name for n in ast.walk(tree) if isinstance(n, ast.Import) for a in n.names}
        names |= {f"{n.module}.{a.name}" for n in ast.walk(tree) if isinstance(n, ast.ImportFrom) for a in n.names}
        assert not any("scenario" in name for name in names), path


def test_every_public_function_documents_itself():
    functions = [f for f in vars(scenario).values() if callable(f) and not isinstance(f, type)]
    assert len(functions) >= 9
    for function in functions:
        assert any(c.isdigit() for c in function.__doc__), f"{function.__name__} gives an example"


def test_scenarios_take_arrays_and_nothing_else():
    """metrics/ imports numpy, pandas and scipy only; this room is below the folder that the house test looks at."""
    allowed = {"numpy", "scipy", "backtest", "collections", "dataclasses", "types", "typing", "difflib", "__future__"}
    for path in (ROOT / "backtest" / "metrics" / "scenario").glob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        modules = {n.module for n in ast.walk(tree) if isinstance(n, ast.ImportFrom)}
        modules |= {a.name for n in ast.walk(tree) if isinstance(n, ast.Import) for a in n.names}
        assert {m.split(".")[0] for m in modules} <= allowed
        assert all(m.startswith("backtest.metrics") for m in modules if m.startswith("backtest"))


# Replays


@pytest.mark.parametrize("episode", [e for e in EPISODES.values() if e.id != "sell_off_2025_01_27"], ids=lambda e: e.id)
def test_an_episode_outside_the_prices_is_answered_with_its_reason(episode):
    found = play(episode=episode)
    assert found.reason == (
        f"the prices run from 2024-12-30 to 2025-01-31; the episode runs from {episode.start} to {episode.end}"
    )
    assert np.isnan([found.total, found.max_drawdown, found.benchmark_total, found.cash_contribution]).all()
    assert found.left_out == () and len(found.path) == 0 and found.theme_totals == {}


def test_an_episode_that_runs_past_the_last_price_is_not_played():
    assert (
        "the prices run from 2024-12-30 to 2025-01-31"
        in play(episode=Episode("late", "", "2025-01-20", "2025-02-03")).reason
    )


def test_all_episodes_are_played_in_order():
    found = replay_all(DATES, PRICES, EVEN, **LABELS)
    assert [r.episode.id for r in found] == list(EPISODES)
    assert [bool(r.reason) for r in found] == [True, True, True, False]
    assert list(found[-1].dates.astype(str)) == ["2025-01-24", "2025-01-27"]


def test_no_prices_at_all():
    found = replay(WEEK, DATES[:0], PRICES[:0], EVEN, **LABELS)
    assert found.reason == "the prices are empty; the episode runs from 2025-01-06 to 2025-01-10"


def test_an_episode_that_ends_before_it_starts_is_refused():
    with pytest.raises(ValueError, match=r"^episode back: it ends on 2025-01-06 and starts on 2025-01-10; the end"):
        play(episode=Episode("back", "", "2025-01-10", "2025-01-06"))


def test_a_weekend_has_no_trading_day_of_its_own():
    assert play(episode=Episode("weekend", "", "2025-01-10", "2025-01-12")).reason == (
        "no trading day after 2025-01-10 up to 2025-01-12"
    )
    found = play(episode=Episode("two", "", "2025-01-11", "2025-01-18"))
    assert list(found.dates[[0, -1]].astype(str)) == ["2025-01-10", "2025-01-17"]


def test_no_holding_had_a_price():
    prices = PRICES.copy()
    prices[:20, :2] = np.nan
    found = play(prices, np.array([0.6, 0.2, 0.0, 0.0]))
    assert found.reason == "no name held has a price on 2025-01-06, when the episode starts"
    assert found.left_out == (
        LeftOut("AAA", 0.6, "no price on 2025-01-06"),
        LeftOut("BBB", 0.2, "no price on 2025-01-06"),
    )


def test_a_name_that_leaves_is_kept_at_its_last_price():
    prices = PRICES.copy()
    gone = int(np.searchsorted(DATES, np.datetime64("2025-01-09")))
    prices[gone:, [0, 3]] = np.nan
    found = play(prices, np.array([0.25, 0.25, 0.25, 0.0]))
    first = int(np.searchsorted(DATES, np.datetime64("2025-01-06")))
    assert found.ended == ("AAA",)
    assert found.contributions[0] == pytest.approx(0.25 * (prices[gone - 1, 0] / prices[first, 0] - 1.0))
    assert not np.isnan(found.path).any()


def test_all_cash_stays_cash_and_a_benchmark_may_be_absent():
    found = play(weights=np.zeros(4))
    assert (found.path == 1.0).all() and found.reason == "" and found.theme_paths == {}
    assert np.isnan(found.benchmark_path).all() and np.isnan(found.benchmark_max_drawdown)


@pytest.mark.parametrize(
    ("weights", "message"),
    [
        ([0.5, 0.6, 0.0, 0.0], r"^weights: from 0 to 0\.6, in sum 1\.1; weights are fractions of NAV from 0 to 1"),
        ([0.5, -0.1, 0.0, 0.0], r"^weights: from -0\.1 to 0\.5"),
        ([0.5, np.nan, 0.0, 0.0], r"^weights: from nan"),
        ([0.5, 0.5], r"^weights: found shape \(2,\); it must be one weight for each of 4 names\.$"),
    ],
)
@pytest.mark.parametrize(
    "ask",
    [
        play,
        lambda weights: shake({"capex": -0.1}, weights=weights),
        lambda weights: squeeze([0.5] * 4, weights),
        lambda weights: grid(weights=weights),
    ],
    ids=["replay", "shock", "margins", "jevons"],
)
def test_weights_that_are_none_are_refused(ask, weights, message):
    with pytest.raises(ValueError, match=message):
        ask(weights=np.array(weights))


# Shocks


def members(shocks):
    return {b.label: [a for a, m in zip(ASSETS, b.members, strict=True) if m] for b in shocked(
        shocks, **LABELS, sectors=SECTORS)}  # fmt: skip


def test_the_narrowest_shock_counts_whatever_the_order():
    wanted = {"capex": ["BBB"], "AAA": ["AAA"]}
    assert members({"capex": -0.2, "AAA": -0.4}) == wanted
    assert members({"AAA": -0.4, "capex": -0.2}) == wanted
    assert members({"Tech": -0.1, "capex": -0.2}) == {"Tech": ["AAA"], "capex": ["BBB"]}
    assert members({"theme:capex": -0.2, "sector:Banks": 0.1}) == {
        "theme:capex": ["AAA", "BBB"],
        "sector:Banks": ["CCC", "DDD"],
    }
    assert members({"Tech": -0.1, "AAA": -0.2}) == {"AAA": ["AAA"]}


@pytest.mark.parametrize(
    ("shocks", "message"),
    [
        ({}, r"^no shock is given; name a theme, a sector or an asset and a fraction, such as capex = -0\.2\.$"),
        ({"capx": -0.2}, r"^shock capx: no theme, sector or name is called so\. Did you mean capex\? Allowed: capex,"),
        ({"sector:Bank": -0.2}, r"^shock sector:Bank: no such sector\. Did you mean Banks\? Allowed: Tech, Energy, B"),
        ({"capex": -1.2}, r"^shock capex: found -1\.2; allowed are fractions from -1 up, such as -0\.2\.$"),
        ({"capex": np.nan}, r"^shock capex: found nan; allowed"),
        ({"capex": -0.1, "theme:capex": -0.2}, r"^shock theme:capex: theme capex is shocked twice\. Keep one"),
    ],
)
def test_a_shock_nobody_can_follow_is_refused(shocks, message):
    with pytest.raises(ValueError, match=message):
        members(shocks)


def test_a_label_that_means_two_things_is_asked_back():
    with pytest.raises(
        ValueError, match=r"^shock capex: it is a theme and a name\. Write theme:capex or name:capex\.$"
    ):
        shocked({"capex": -0.1}, assets=("capex",), themes=("capex",), sectors=("Tech",))


def test_no_basket_is_refused():
    with pytest.raises(ValueError, match=r"^baskets: no basket is shocked"):
        shock((), RETURNS, EVEN, EVEN, **LABELS)


def test_a_short_history_moves_by_the_median_of_the_others():
    """Betas of 0.1, 0.2 and 0.9 have a median of 0.2; their mean is 0.4."""
    returns = RETURNS[:, [0]] * np.array([1.0, 0.1, 0.2, 0.9, 5.0])
    returns[:200, 4] = np.nan
    labels = {"assets": (*ASSETS, "EEE"), "themes": (*THEMES, "other")}
    baskets = shocked({"AAA": -0.2}, **labels, sectors=(*SECTORS, "Banks"))
    found = shock(baskets, returns, np.full(5, 0.2), np.full(5, 0.2), **labels)
    assert found.days.tolist() == [252, 252, 252, 252, 52]
    assert np.isnan(found.betas[[0, 4], 0]).all()
    assert found.effects[4] == pytest.approx(-0.2 * 0.2)
    assert [(n.asset, n.weight) for n in found.left_out] == [("EEE", 0.2)]


def test_what_is_not_held_need_not_be_known():
    found = shake({"AAA": -0.2}, RETURNS[:5], weights=np.array([0.5, 0.0, 0.0, 0.0]))
    assert found.total == pytest.approx(-0.1) and np.isnan(found.benchmark_total)


def test_a_basket_has_the_weights_of_the_benchmark_and_of_the_names_that_traded():
    """0.3 A + 0.1 B is the basket 3/4 A + 1/4 B, and A alone on the days without B; C follows it, whatever is held."""
    returns, index = RETURNS.copy(), np.array([0.3, 0.1, 0.3, 0.3])
    returns[:30, 1] = np.nan
    basket = np.where(
        np.isnan(returns[:, 1]), returns[:, 0], 0.75 * returns[:, 0] + 0.25 * np.nan_to_num(returns[:, 1])
    )
    returns[:, 2] = 0.4 * basket
    assert shake({"capex": -0.2}, returns, index=index).betas[2, 0] == pytest.approx(0.4, abs=1e-12)


def test_sixty_days_are_enough_and_fifty_nine_are_not():
    assert not np.isnan(shake({"AAA": -0.2}, RETURNS[:60]).betas[1:]).any()
    assert np.isnan(shake({"AAA": -0.2}, RETURNS[:59]).total)


def test_only_the_window_counts():
    returns = np.vstack([np.full((50, 4), 9.0), RETURNS])
    assert (shake({"AAA": -0.2}, returns).effects == shake({"AAA": -0.2}).effects).all()
    short = shake({"AAA": -0.2}, returns, window=100)
    assert (short.effects == shake({"AAA": -0.2}, RETURNS[-100:]).effects).all()
    assert "last 100 daily returns" in " ".join(short.assumptions)


def test_baskets_that_move_alike_have_no_betas():
    returns = RETURNS.copy()
    returns[:, 1] = returns[:, 0]
    assert np.isnan(shake({"AAA": -0.2, "BBB": 0.1}, returns).total)


def test_everything_shocked_needs_no_beta():
    found = shake({"capex": -0.2, "adopter": 0.1, "other": 0.0}, RETURNS[:5])
    assert found.total == pytest.approx(0.5 * -0.2 + 0.25 * 0.1)


def test_a_beta_cannot_take_more_than_everything():
    returns = RETURNS.copy()
    returns[:, 1] = 3.0 * returns[:, 0]
    found = shake({"AAA": -0.5}, returns)
    assert found.effects[1] == -1.0 and found.floored == ("BBB",)


def test_a_basket_the_benchmark_does_not_hold_is_equally_weighted():
    index = np.array([0.0, 0.0, 0.5, 0.5])
    returns = RETURNS.copy()
    returns[:, 2] = returns[:, :2].mean(axis=1)
    assert shake({"capex": -0.2}, returns, index=index).betas[2, 0] == pytest.approx(1.0)


def test_days_without_a_return_are_left_out_of_a_beta():
    factor, name = RETURNS[:, :1], RETURNS[:, 1:2].copy()
    name[10:30] = np.nan
    betas, days = betas_to(factor, name)
    keep = ~np.isnan(name[:, 0])
    assert days.tolist() == [232]
    assert betas[0, 0] == pytest.approx(np.polyfit(factor[keep, 0], name[keep, 0], 1)[0], rel=1e-12)


# Margins


def test_names_without_a_margin_are_listed_and_do_not_move():
    found = squeeze([np.nan, 0.5, 0.5, 0.5])
    assert np.isnan(found.effects[:, 0]).all()
    np.testing.assert_allclose(found.totals, [-0.05, -0.075])
    assert found.left_out == (LeftOut("AAA", 0.25, "no gross margin is published"),)


def test_a_multiple_of_a_loss_means_nothing():
    found = squeeze([-0.2, 0.0, 0.5, 0.5], kind="operating")
    assert {n.reason for n in found.left_out} == {"the operating margin is not above zero"}
    assert np.isnan(found.totals).all() and np.isnan(found.effects[:, :2]).all()


def test_nothing_of_the_theme_is_held():
    found = squeeze([np.nan, np.nan, 0.5, 0.5], np.array([0.0, 0.0, 0.5, 0.5]))
    assert (found.totals == 0.0).all() and found.left_out == ()
    assert np.isnan(found.benchmark_totals).all()


def test_other_themes_are_moved_when_they_are_chosen():
    found = squeeze([0.5] * 4, chosen=["adopter", "other"], falls=[0.1])
    np.testing.assert_allclose(found.effects, [[0.0, 0.0, -0.2, -0.2]])


def test_a_margin_as_large_as_the_fall_loses_everything_and_is_named():
    found = squeeze([0.10, 0.11, 0.5, 0.5], falls=(0.0, 0.10))
    assert found.wiped_out == ((), ("AAA",))
    assert (found.effects[0, :2] == 0.0).all()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"falls": [10.0]}, r"^falls: found 10; allowed is 0 to 1\.$"),
        ({"falls": [-0.1]}, r"^falls: found -0\.1"),
        ({"falls": [np.nan]}, r"^falls: found nan"),
        ({"chosen": ["capx"]}, r"^chosen: found capx; allowed are the themes adopter, capex, other\.$"),
        ({"chosen": []}, r"^chosen: found nothing"),
        ({"chosen": "capex"}, r"^chosen: found the text 'capex'; give a list of themes\.$"),
    ],
)
def test_a_compression_out_of_range_is_refused(options, message):
    with pytest.raises(ValueError, match=message):
        squeeze([0.5] * 4, **options)


@pytest.mark.parametrize("ask", [squeeze, grid])
def test_a_margin_in_per_cent_is_refused(ask):
    with pytest.raises(ValueError, match=r"^margins, BBB: found 39\.9; a margin is a fraction of sales, at most 1\."):
        ask([0.5, 39.9, 0.5, 0.5])
    with pytest.raises(ValueError, match=r"^margins: found shape \(1,\); it must be one margin for each of 4 names\.$"):
        ask([0.5])


# Jevons


def test_names_that_lack_a_figure_are_listed():
    sales = np.array([np.nan, 1.0, 1.0, 1.0])
    found = grid((0.4, np.nan, np.nan, 0.1), ai_revenue_share=sales, weights=np.array([0.1, 0.2, 0.3, 0.4]))
    assert [(n.asset, n.weight) for n in found.left_out] == [("CCC", 0.3), ("AAA", 0.1)]
    assert not np.isnan(found.totals).any()
    fixed = grid((0.4, np.nan, 0.2, 0.1), fixed_cost_share=0.5)
    assert [n.asset for n in fixed.left_out] == ["BBB"]
    assert [n.asset for n in grid(cost=np.array([np.nan, np.nan, np.nan, 0.1])).left_out] == ["CCC"]


def test_no_break_even_where_there_is_none():
    adopters_only = grid(weights=np.array([0.25, 0.25, 0.5, 0.0]))
    assert np.isnan(adopters_only.break_even).all(), "ahead whatever the elasticity"
    assert np.isnan(grid().break_even).all(), "no difference, so nothing to break even on"
    rotated = grid(weights=np.array([0.1, 0.1, 0.55, 0.25]), cost_falls=[0.0, 0.5])
    assert np.isnan(rotated.break_even[0]) and rotated.break_even[1] > 1.0


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"cost_falls": [1.0]}, r"^cost_falls: found 1; allowed is 0 to 0\.99\.$"),
        ({"elasticities": [-1.0]}, r"^elasticities: found -1; allowed is 0 to 5\.$"),
        ({"cost": 1.5}, r"^ai_cost_share: found 1\.5; allowed is 0 to 1\.$"),
        ({"ai_revenue_share": -0.5}, r"^ai_revenue_share: found -0\.5"),
        ({"fixed_cost_share": 2.0}, r"^fixed_cost_share: found 2"),
        ({"savings_kept": 2.0}, r"^savings_kept: found 2"),
    ],
)
def test_a_world_out_of_range_is_refused(options, message):
    with pytest.raises(ValueError, match=message):
        grid(**options)


def test_the_assumptions_say_what_was_assumed():
    told = " ".join(grid(fixed_cost_share=0.3, savings_kept=0.6).assumptions)
    assert "is 100%" in told and "30% of a capex name's costs are fixed" in told and "keeps 60% of the saving" in told
    mixed = " ".join(grid(ai_revenue_share=np.array([0.2, 0.9, 1.0, np.nan])).assumptions)
    assert "is 20% to 90%" in mixed


def test_spending_keeps_its_shape():
    assert spend_scale(np.zeros((3, 1)), np.ones(2)).shape == (3, 2)


def test_sums_by_group_need_a_label_for_each_name():
    with pytest.raises(ValueError, match=r"^2 labels for 3 names; give one label for each name\.$"):
        group_sums(np.ones(3), ("a", "b"))
    assert group_sums(np.array([0.1, 0.2, 0.3]), ("a", "b", "a")) == pytest.approx({"a": 0.4, "b": 0.2})
