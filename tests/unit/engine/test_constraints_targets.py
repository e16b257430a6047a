"""Targets in situations that need care: several variants, scattered arrays, many names, sets that 5/10/40 must find."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from backtest.constraints import feasible, lay_out
from backtest.terms import Constraints


def panel_of(count, **labels):
    same = {"sectors": ("IT",) * count, "countries": ("US",) * count, "currencies": ("USD",) * count}
    plain = {"themes": ("other",) * count, "issuers": (), "issuer_groups": (), **same}
    return SimpleNamespace(assets=tuple(f"A{i}" for i in range(count)), **{**plain, **labels})


def solved(wish, *, panel=None, members=None, held=None, **terms):
    wish = np.atleast_2d(np.array(wish, dtype=float))
    limits = lay_out(Constraints(**terms), panel or panel_of(wish.shape[1]))
    members = np.ones(wish.shape[1], dtype=bool) if members is None else np.array(members)
    target = feasible(wish, limits, members, None if held is None else np.atleast_2d(np.array(held, dtype=float)))
    return target, [name for name, bound in zip(limits.names, target.binding[0], strict=True) if bound]


def test_a_row_that_keeps_everything_comes_back_to_the_bit_beside_one_that_does_not():
    wish = np.array([[0.1, 0.2, 0.3, 0.4], [0.7, 0.1, 0.1, 0.1]]) / 3.0 * 2.9
    target, _ = solved(wish, max_name=0.4)
    assert (target.goal[0] == wish[0]).all()
    assert target.binding.any(axis=1).tolist() == [False, True]


def test_what_is_given_is_neither_changed_nor_locked():
    wish, held = np.array([[0.6, 0.2, 0.1, 0.1]]), np.array([[0.1, 0.2, 0.3, 0.4]])
    before = wish.copy(), held.copy()
    solved(wish, held=held, max_name=0.4, max_turnover=0.1, no_trade_band=0.05)
    limits = lay_out(Constraints(max_name=0.4, max_turnover=0.1, no_trade_band=0.05), panel_of(4))
    feasible(wish, limits, np.ones(4, dtype=bool), held)
    assert (wish == before[0]).all() and (held == before[1]).all()
    assert wish.flags.writeable and held.flags.writeable


def test_arrays_that_may_not_be_written_or_lie_scattered_are_welcome():
    wish = np.asfortranarray(np.array([[0.6, 0.2, 0.1, 0.1], [0.4, 0.3, 0.2, 0.1]]))
    wish.flags.writeable = False
    limits = lay_out(Constraints(max_name=0.4), panel_of(4))
    goal = feasible(wish, limits, np.ones(8, dtype=bool)[::2]).goal
    np.testing.assert_allclose(goal, [[0.4, 0.266666666667, 0.166666666667, 0.166666666667], wish[1]], atol=1e-11)


def test_5_10_40_finds_the_issuers_that_a_floor_needs_above_five_per_cent():
    """The four largest wishes lie outside the floor's sector, whose three issuers must come near 10 per cent each."""
    wish = [0.09] * 4 + [0.59 / 13] * 13 + [0.05 / 3] * 3
    panel = panel_of(20, sectors=("IT",) * 17 + ("Energy",) * 3)
    target, bound = solved(wish, panel=panel, ucits_5_10_40=True, min_sector={"Energy": 0.29})
    goal = target.goal[0]
    assert goal[17:].sum() == pytest.approx(0.29, abs=1e-12)
    assert goal[goal > 0.05 + 1e-12].sum() <= 0.40 + 1e-12
    assert bound == ["min_sector.Energy", "ucits_5_10_40"]


def test_5_10_40_keeps_what_is_held_above_five_per_cent_when_little_may_be_traded():
    wish = [0.02] * 4 + [0.09] * 4 + [0.56 / 14] * 14
    held = [0.09] * 4 + [0.02] * 4 + [0.56 / 14] * 14
    target, bound = solved(wish, held=held, ucits_5_10_40=True, max_turnover=0.04)
    goal = target.goal[0]
    assert 0.5 * np.abs(goal - held).sum() == pytest.approx(0.04, abs=1e-12)
    assert goal[:4] == pytest.approx([0.08] * 4) and goal[4:8] == pytest.approx([0.03] * 4)
    assert bound == ["max_turnover"]


def test_a_name_below_its_floor_is_not_left_alone():
    held = [0.5, 0.47, 0.03, 0.0]
    target, _ = solved([0.5, 0.45, 0.05, 0.0], held=held, no_trade_band=0.03, min_name=0.05)
    np.testing.assert_array_equal(target.goal[0], [np.nan, np.nan, 0.05, 0.0])


def test_min_turnover_is_found_where_caps_on_issuers_force_it():
    panel = panel_of(6, issuers=("A", "A", "A", "B", "C", "D"))
    held, wish = [0.3, 0.25, 0.25, 0.1, 0.05, 0.05], [0.1, 0.1, 0.1, 0.3, 0.2, 0.2]
    target, bound = solved(wish, panel=panel, held=held, max_issuer=0.5, max_turnover=0.1)
    assert 0.5 * np.abs(target.goal[0] - held).sum() == pytest.approx(0.3, abs=1e-9)
    assert target.goal[0, :3].sum() == pytest.approx(0.5, abs=1e-12)
    assert bound == ["max_issuer", "max_turnover"]


def test_ten_thousand_names_with_everything_set():
    rng, count = np.random.Generator(np.random.PCG64(5)), 10_000
    pick = lambda labels: tuple(labels[i] for i in rng.integers(0, len(labels), count))  # noqa: E731
    owners = tuple(f"I{i // 2}" for i in range(count))
    panel = panel_of(
        count,
        themes=pick(("capex", "adopter", "other")),
        sectors=pick(tuple(f"S{i}" for i in range(11))),
        countries=pick(("US", "GB", "FR", "JP")),
        issuers=owners,
        issuer_groups=tuple(f"G{i // 6}" for i in range(count)),
    )
    wish = rng.exponential(1.0, (2, count)) ** 2
    wish /= wish.sum(axis=1, keepdims=True)
    caps = {"max_name": 0.0008, "max_issuer": 0.0012, "max_issuer_group": 0.002, "max_turnover": 0.3}
    groups = {"max_theme": {"capex": 0.3}, "min_sector": {"S3": 0.1}, "max_country": {"US": 0.24}}
    target, _ = solved(wish, panel=panel, held=wish[::-1], **caps, **groups)
    np.testing.assert_allclose(target.goal.sum(axis=1), 1.0, atol=1e-12)
    assert target.goal.max() <= 0.0008 + 1e-12
    for labels, cap in ((owners, 0.0012), (panel.issuer_groups, 0.002)):
        numbers = np.unique(labels, return_inverse=True)[1]
        assert max(np.bincount(numbers, row).max() for row in target.goal) <= cap + 1e-12
    for label, cap in (("capex", 0.3), ("US", 0.24)):
        mine = np.array(panel.themes if label == "capex" else panel.countries) == label
        assert target.goal[:, mine].sum(axis=1).max() <= cap + 1e-12
