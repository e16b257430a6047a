"""Laws of the market room: what must not change a panel, and what must, on random markets."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from backtest.mandate import Mandate, parse_mandate
from backtest.market import sample
from backtest.market.prices import Panel, build_panel
from backtest.market.quality import examine
from backtest.market.raw import RawMarket

DAYS = 60
CURRENCIES = ("EUR", "USD", "GBP", "JPY")
WINDOW_FIELDS = ("dates", "prices", "closes", "traded", "volumes", "traded_value", "members", "benchmark_weights")
SERIES = ("benchmark", "cash")
WEIGHTS = ("shares", "traded_value", "equal")

few = settings(max_examples=25, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
seeds = st.integers(min_value=0, max_value=2**32 - 1)
ways = st.sampled_from(WEIGHTS)


def mandate(base: str = "EUR", **data: object) -> Mandate:
    table = {
        "fund": {"name": "F", "firm": "G", "subject": "fund", "objective": "grow", "base_currency": base},
        "data": {"source": "sample", "benchmark_window": 25, "withholding_tax": {"default": 0.15}, **data},
        "strategy": {"name": "hold_benchmark"},
        "share_class": [{"name": "A", "currency": base, "ongoing_charge": 0.01}],
        "distribution": {"jurisdictions": ["UK"], "audience": "retail", "channel": "internal"},
    }
    return parse_mandate(table, "laws")


def difficult_market(seed: int) -> RawMarket:
    """Six names in four currencies with late listings, delistings, silent days, splits, dividends and moving rates."""
    chance = np.random.Generator(np.random.PCG64(seed))
    calendar = np.arange("2024-01-01", "2024-06-01", dtype="datetime64[D]")
    index = pd.DatetimeIndex(calendar[np.is_busday(calendar)][:DAYS].astype("datetime64[s]"), name="date")
    tickers = [f"N{i}" for i in range(6)]
    closes = 50.0 * np.cumprod(1.0 + 0.03 * chance.standard_normal((DAYS, 6)), axis=0)
    closes[chance.random((DAYS, 6)) < 0.06] = np.nan
    silent = int(chance.integers(10, 30))
    closes[silent : silent + 9, 3] = np.nan
    listed, delisted = ["NaT"] * 6, ["NaT"] * 6
    listed[4], delisted[5] = str(index[12].date()), str(index[45].date())
    closes[:12, 4], closes[46:, 5] = np.nan, np.nan
    # Two names close every day, so that every market has a calendar.
    closes[:, :2] = np.where(np.isnan(closes[:, :2]), 50.0, closes[:, :2])
    rows = np.sort(chance.choice(np.arange(5, DAYS - 5), 12))
    assets = [tickers[k] for k in chance.integers(0, 6, 12)]
    events = pd.DataFrame({"date": index[rows], "asset": pd.array(assets, dtype=object)})
    universe = pd.DataFrame(
        {
            "name": tickers,
            "sector": "Energy",
            "theme": ["capex", "adopter", "other"] * 2,
            "country": "US",
            "currency": [CURRENCIES[i % 4] for i in range(6)],
            "listed": pd.DatetimeIndex(np.array(listed, dtype="datetime64[s]")),
            "delisted": pd.DatetimeIndex(np.array(delisted, dtype="datetime64[s]")),
        },
        index=pd.Index(tickers, name="ticker"),
    )

    def wide(values: np.ndarray) -> pd.DataFrame:
        return pd.DataFrame(values, index=index, columns=pd.Index(tickers, dtype=object))

    fx = np.array([1.1, 0.85, 160.0]) * np.cumprod(1.0 + 0.01 * chance.standard_normal((DAYS, 3)), axis=0)
    return RawMarket(
        closes=wide(closes),
        universe=universe,
        dividends=events[:8].assign(amount=chance.uniform(0.1, 2.0, 8)),
        splits=events[8:].assign(ratio=chance.choice([2.0, 4.0, 0.5], 4)).drop_duplicates(["date", "asset"]),
        fx=pd.DataFrame(fx, index=index, columns=["USD", "GBP", "JPY"]),
        fx_base="EUR",
        volumes=wide(np.round(chance.uniform(1e3, 1e5, (DAYS, 6)))),
        shares=wide(np.tile(np.round(chance.uniform(1e6, 1e7, 6)), (DAYS, 1))),
        benchmark=pd.Series(100.0 * np.cumprod(1.0 + 0.01 * chance.standard_normal(DAYS)), index=index),
        benchmark_currency="USD",
        cash_rate=pd.Series(0.03, index=index),
    )


def with_spin_offs(raw: RawMarket, seed: int) -> RawMarket:
    """The same market, in which names spin off a stranger in pounds and each other, on any day; some trade late."""
    chance = np.random.Generator(np.random.PCG64(seed + 7))
    index = raw.closes.index
    child = 9.0 * np.cumprod(1.0 + 0.03 * chance.standard_normal(DAYS))
    child[: int(chance.integers(0, 40))] = np.nan
    child[chance.random(DAYS) < 0.2] = np.nan
    currency = dict(zip(raw.universe.index, raw.universe["currency"], strict=True)) | {"KID": "GBP"}
    known = [day for day in range(5, DAYS) if np.isnan(child[day : day + 10]).all() and day + 10 <= DAYS]
    days = [day for day in sorted(chance.choice(np.arange(5, DAYS), 8, replace=False)) if day not in known]
    parents = [f"N{k}" for k in chance.integers(0, 6, len(days))]
    # N0 and N1 close every day; the stranger is silent now and then.
    children = [str(chance.choice([c for c in ("N0", "N1", "KID") if c != parent])) for parent in parents]
    table = pd.DataFrame({"date": index[days], "asset": pd.array(parents, dtype=object)})
    table["child"] = pd.array(children, dtype=object)
    table["ratio"] = chance.uniform(0.05, 0.5, len(days))
    table["currency"] = pd.array([currency[c] for c in children], dtype=object)
    return replace(raw, closes=raw.closes.assign(KID=child), spin_offs=table.drop_duplicates(["date", "asset"]))


def rows_until(raw: RawMarket, day: pd.Timestamp) -> RawMarket:
    """The files as they stood on that evening."""
    return replace(
        raw,
        closes=raw.closes[:day],
        dividends=raw.dividends[raw.dividends["date"] <= day],
        splits=raw.splits[raw.splits["date"] <= day],
        fx=raw.fx[:day],
        volumes=None if raw.volumes is None else raw.volumes[:day],
        shares=None if raw.shares is None else raw.shares[:day],
        benchmark=None if raw.benchmark is None else raw.benchmark[:day],
        cash_rate=None if raw.cash_rate is None else raw.cash_rate[:day],
        spin_offs=None if raw.spin_offs is None else raw.spin_offs[raw.spin_offs["date"] <= day],
        half_spreads=None if raw.half_spreads is None else raw.half_spreads[:day],
        currency_rates=None if raw.currency_rates is None else raw.currency_rates[:day],
    )


def long_silent(panel: Panel) -> np.ndarray:
    """(T, N) more than five trading days since the last close: whether the name will return is not known yet."""
    age = np.where(panel.traded, 0, 6)  # silent on the first day of the window: for how long is not seen
    for day in range(1, len(age)):
        age[day] = np.where(panel.traded[day], 0, age[day - 1] + 1)
    return age > 5


def assert_same_past(short: Panel, long: Panel) -> None:
    """The shorter panel is the beginning of the longer one, to the last bit.

    But for the price of a name that has long been silent: that evening it counts as gone, and later as suspended.
    """
    count, unknown = len(short.dates), long_silent(short)
    for name in (*WINDOW_FIELDS, *SERIES):
        one, two = getattr(short, name), np.ascontiguousarray(getattr(long, name)[:count])
        if name == "prices":
            one, two = np.where(unknown, np.nan, one), np.where(unknown, np.nan, two)
        assert one.tobytes() == two.tobytes(), name
    for currency, rate in short.fx.items():
        assert rate.tobytes() == long.fx[currency][:count].tobytes()


@few
@given(seed=seeds, cut=st.integers(30, DAYS - 1), how=ways)
def test_truncating_the_files_leaves_the_past_as_it_was(seed, cut, how):
    """To the bit: prices, members, weights, benchmark, cash and rates know nothing of what comes after."""
    raw, rules = difficult_market(seed), mandate(benchmark_weights=how, start="2024-02-05")
    whole = build_panel(raw, rules)
    assert_same_past(build_panel(rows_until(raw, raw.closes.index[cut]), rules), whole)


@few
@given(seed=seeds, cut=st.integers(30, DAYS - 2), how=ways, own=st.booleans())
def test_scrambling_the_future_leaves_the_past_as_it_was(seed, cut, how, own):
    raw, rules = difficult_market(seed), mandate(benchmark_weights=how, start="2024-02-05")
    if own:
        raw = replace(raw, benchmark=None)
    day = raw.closes.index[cut]
    closes = raw.closes.copy()
    closes.loc[closes.index > day] *= np.random.Generator(np.random.PCG64(seed + 1)).uniform(0.2, 5.0, 6)
    fx = raw.fx.copy()
    fx.loc[fx.index > day] *= 3.0
    scrambled = replace(raw, closes=closes, fx=fx)
    ends = mandate(benchmark_weights=how, start="2024-02-05", end=day.date())
    assert_same_past(build_panel(raw, ends), build_panel(scrambled, rules))


@few
@given(seed=seeds, cut=st.integers(30, DAYS - 2))
def test_a_spin_off_is_worth_nothing_before_its_worth_is_known(seed, cut):
    """Scrambling the future closes of parents and children, and the rates, moves no level of the past; nor does
    cutting the files there."""
    raw, rules = with_spin_offs(difficult_market(seed), seed), mandate(start="2024-02-05")
    day = raw.closes.index[cut]
    whole = build_panel(raw, rules)
    closes, fx = raw.closes.copy(), raw.fx.copy()
    closes.loc[closes.index > day] *= np.random.Generator(np.random.PCG64(seed + 1)).uniform(0.2, 5.0, 7)
    fx.loc[fx.index > day] *= 3.0
    ends = mandate(start="2024-02-05", end=day.date())
    assert_same_past(build_panel(raw, ends), build_panel(replace(raw, closes=closes, fx=fx), rules))
    assert_same_past(build_panel(rows_until(raw, day), rules), whole)


def test_the_random_spin_offs_reach_levels_and_some_are_late():
    """What the law above would prove nothing without."""
    changed, late = 0, 0
    for seed in range(20):
        raw = with_spin_offs(difficult_market(seed), seed)
        whole, without = build_panel(raw, mandate()), build_panel(replace(raw, spin_offs=None), mandate())
        changed += not np.array_equal(whole.prices, without.prices, equal_nan=True)
        assert raw.spin_offs is not None
        kids = raw.spin_offs[raw.spin_offs["child"] == "KID"]
        late += int(raw.closes["KID"].reindex(kids["date"]).isna().sum())
    assert changed >= 15 and late >= 5


@few
@given(seed=seeds)
def test_a_spin_off_that_trades_at_once_is_an_untaxed_dividend_of_its_worth(seed):
    """ratio x close, in the parent's currency at the day's rate."""
    raw = with_spin_offs(difficult_market(seed), seed)
    assert raw.spin_offs is not None
    rules = mandate(withholding_tax={"default": 0.0})
    plain = build_panel(replace(raw, spin_offs=None), rules)
    closes = raw.closes.reindex(pd.DatetimeIndex(plain.dates.astype("datetime64[s]")))
    units = dict(zip(plain.assets, plain.currencies, strict=True))
    kept, paid = [], []
    for spun in raw.spin_offs.itertuples():
        t = int(np.searchsorted(plain.dates, np.datetime64(spun.date, "D")))
        if t < len(closes) and not np.isnan(closes[spun.child].iloc[t]) and plain.traded[t, int(spun.asset[1])]:
            kept.append(spun.Index)
            rate = plain.fx[spun.currency][t] / plain.fx[units[spun.asset]][t]
            paid.append((spun.date, spun.asset, spun.ratio * closes[spun.child].iloc[t] * rate))
    dividends = pd.concat([raw.dividends, pd.DataFrame(paid, columns=["date", "asset", "amount"])], ignore_index=True)
    as_spun = build_panel(replace(raw, spin_offs=raw.spin_offs.loc[kept]), rules)
    as_paid = build_panel(replace(raw, spin_offs=None, dividends=dividends.astype({"asset": object})), rules)
    np.testing.assert_allclose(as_spun.prices, as_paid.prices, rtol=1e-12)


@few
@given(seed=seeds, cut=st.integers(30, DAYS - 2))
def test_spreads_and_rates_of_interest_know_nothing_of_what_comes_after(seed, cut):
    raw = difficult_market(seed)
    chance, index = np.random.Generator(np.random.PCG64(seed)), raw.closes.index
    some = np.sort(chance.choice(DAYS, 8, replace=False))
    spreads = pd.DataFrame(chance.uniform(0.0, 40.0, (8, 3)), index=index[some], columns=["N4", "N1", "N0"])
    rates = pd.DataFrame(chance.uniform(-0.01, 0.06, (8, 2)), index=index[some], columns=["USD", "EUR"])
    blank = chance.random((8, 3)) < 0.3
    raw = replace(raw, half_spreads=spreads.mask(blank), currency_rates=rates.mask(blank[:, :2]))
    rules = mandate(start="2024-02-05")
    whole, past = build_panel(raw, rules), build_panel(rows_until(raw, index[cut]), rules)
    count = len(past.dates)
    assert past.half_spreads is not None and whole.half_spreads is not None
    assert past.half_spreads.tobytes() == whole.half_spreads[:count].tobytes()
    for currency, rate in past.interest.items():
        assert rate.tobytes() == whole.interest[currency][:count].tobytes()


@pytest.mark.parametrize("how", WEIGHTS)
def test_truncating_the_sample_market_leaves_its_past_as_it_was(how):
    raw, rules = sample.generate(), mandate("GBP", benchmark_weights=how, benchmark_window=250, start="2015-01-30")
    whole = build_panel(raw, rules)
    for day in ("2019-06-05", "2019-06-14", "2020-11-19", "2020-11-24", "2023-04-28", "2025-07-04"):
        assert_same_past(build_panel(rows_until(raw, pd.Timestamp(day)), rules), whole)


@few
@given(seed=seeds, silence=st.integers(1, 10))
def test_an_unannounced_end_is_known_five_days_later_and_not_before(seed, silence):
    """The panel of an evening within the silence is the beginning of the panel that knows the end."""
    raw = difficult_market(seed)
    raw = replace(raw, universe=raw.universe.assign(delisted=pd.NaT))
    whole = build_panel(raw, mandate())
    last = int(np.flatnonzero(whole.traded[:, 5])[-1])
    day = pd.Timestamp(str(whole.dates[last + silence]))
    evening = build_panel(rows_until(raw, day), mandate())
    assert_same_past(evening, whole)
    assert whole.delisted[5] == last + 5
    assert evening.delisted[5] == (last + 5 if silence > 5 else -1)


@few
@given(seed=seeds, factor=st.sampled_from([100.0, 0.01, 7.3]), column=st.integers(0, 5))
def test_the_unit_of_a_price_does_not_matter(seed, factor, column):
    """Pence for pounds, with the dividends and the number of shares in the same unit, is the same market."""
    raw = difficult_market(seed)
    name = f"N{column}"
    mine = raw.dividends["asset"] == name
    in_pence = replace(
        raw,
        closes=raw.closes.assign(**{name: raw.closes[name] * factor}),
        dividends=raw.dividends.assign(amount=raw.dividends["amount"].where(~mine, raw.dividends["amount"] * factor)),
        shares=raw.shares.assign(**{name: raw.shares[name] / factor}),
    )
    one, two = build_panel(raw, mandate()), build_panel(in_pence, mandate())
    scale = np.where(np.arange(6) == column, factor, 1.0)
    np.testing.assert_allclose(two.prices, one.prices * scale, rtol=1e-11)
    np.testing.assert_allclose(two.benchmark_weights, one.benchmark_weights, rtol=1e-11)
    assert (two.members == one.members).all()


@few
@given(seed=seeds, order=st.permutations(range(6)), how=ways)
def test_the_order_of_the_assets_is_only_an_order(seed, order, how):
    raw, rules = difficult_market(seed), mandate(benchmark_weights=how, start="2024-02-05")
    one = build_panel(raw, rules)
    two = build_panel(replace(raw, universe=raw.universe.iloc[list(order)]), rules)
    assert two.assets == tuple(one.assets[k] for k in order)
    for name in ("prices", "closes", "traded", "members", "volumes", "traded_value"):
        assert np.array_equal(
            getattr(two, name), getattr(one, name)[:, order], equal_nan=name not in ("traded", "members")
        )
    np.testing.assert_allclose(two.benchmark_weights, one.benchmark_weights[:, order], rtol=1e-12, atol=1e-15)
    assert (two.delisted == one.delisted[list(order)]).all()


@few
@given(seed=seeds)
def test_the_order_of_the_files_rows_does_not_matter(seed):
    raw = difficult_market(seed)
    backwards = replace(raw, dividends=raw.dividends[::-1])
    np.testing.assert_allclose(build_panel(backwards, mandate()).prices, build_panel(raw, mandate()).prices, rtol=1e-14)


@few
@given(seed=seeds, base=st.sampled_from(CURRENCIES), other=st.sampled_from(CURRENCIES))
def test_conversion_there_and_back_is_the_same_market(seed, base, other):
    """A panel in one currency, converted by that currency's rate, is the panel in the other."""
    raw = difficult_market(seed)
    one, two = build_panel(raw, mandate(base)), build_panel(raw, mandate(other))
    np.testing.assert_allclose(one.prices * two.fx[base][:, None], two.prices, rtol=1e-12)
    np.testing.assert_allclose(one.benchmark * two.fx[base], two.benchmark, rtol=1e-12)
    np.testing.assert_allclose(one.fx[other] * two.fx[base], 1.0, rtol=1e-12)
    np.testing.assert_allclose(one.benchmark_weights, two.benchmark_weights, rtol=1e-11)
    assert (one.fx[base] == 1.0).all()


@few
@given(seed=seeds)
def test_a_silent_name_keeps_its_local_price(seed):
    panel = build_panel(difficult_market(seed), mandate())
    local = panel.prices / np.column_stack([panel.fx[c] for c in panel.currencies])
    silent = ~panel.traded[1:] & ~np.isnan(local[:-1]) & ~np.isnan(local[1:])
    assert silent.any()
    np.testing.assert_allclose(local[1:][silent], local[:-1][silent], rtol=1e-12)


@few
@given(seed=seeds, how=ways)
def test_weights_are_a_whole_among_members(seed, how):
    panel = build_panel(difficult_market(seed), mandate(benchmark_weights=how, start="2024-02-05"))
    np.testing.assert_allclose(panel.benchmark_weights.sum(axis=1), 1.0, rtol=1e-12)
    assert (panel.benchmark_weights >= 0.0).all()
    assert (panel.benchmark_weights[~panel.members] == 0.0).all()
    assert not np.isnan(panel.prices[panel.members]).any()


@few
@given(seed=seeds)
def test_the_level_ignores_price_cuts_that_are_splits(seed):
    """Dividing later closes and dividends by four, with a 4:1 split listed, is the same investment."""
    raw = difficult_market(seed)
    raw = replace(raw, dividends=raw.dividends[raw.dividends["date"] != raw.closes.index[30]])
    day = raw.closes["N0"].index[30]
    after = raw.closes.index >= day
    later = (raw.dividends["asset"] == "N0") & (raw.dividends["date"] > day)
    again = pd.DataFrame({"date": [day], "asset": ["N0"], "ratio": [4.0]})
    split = replace(
        raw,
        closes=raw.closes.assign(N0=raw.closes["N0"].where(~after, raw.closes["N0"] / 4.0)),
        dividends=raw.dividends.assign(amount=raw.dividends["amount"].where(~later, raw.dividends["amount"] / 4.0)),
        splits=pd.concat([raw.splits, again], ignore_index=True),
    )
    np.testing.assert_allclose(build_panel(split, mandate()).prices, build_panel(raw, mandate()).prices, rtol=1e-12)


@few
@given(seed=seeds, how=ways)
def test_inputs_are_not_touched(seed, how):
    raw, twin = difficult_market(seed), difficult_market(seed)
    accepted = mandate(benchmark_weights=how, start="2024-02-05", price_adjustment="splits")
    build_panel(raw, accepted)
    examine(raw, accepted)
    for name in ("closes", "volumes", "shares", "fx", "universe", "dividends", "splits"):
        pd.testing.assert_frame_equal(getattr(raw, name), getattr(twin, name))
    for name in ("benchmark", "cash_rate"):
        pd.testing.assert_series_equal(getattr(raw, name), getattr(twin, name))
