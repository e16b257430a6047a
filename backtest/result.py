"""Result: what a simulation hands on. Data only: no metrics, no plots, no logging on it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from backtest.costs import COMPONENTS, PER_ASSET, Rates, split_costs
from backtest.errors import RunError
from backtest.market.prices import Panel

Bools = NDArray[np.bool_]
Dates = NDArray[np.datetime64]
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Result:
    """One simulated run of V variants over T days, N assets and K moments at which something was traded.

    Money is in the base currency. The first day is the first trade date; `nav[0]` is what is left of `capital`
    after the cost of the first trade. Units are of total-return series: a unit's price includes reinvested dividends.
    """

    dates: Dates  # (T,) trading days, from the first trade date to the last day of the window
    assets: tuple[str, ...]  # (N,)
    capital: float
    constraints: tuple[str, ...]  # (C,) names of what can bind
    nav: Floats  # (T, V) after trading costs and custody, flows included, before the charges of a share class
    flows: Floats  # (T,) money that came (+) or went (-) at that close, alike for every variant
    charges: Floats  # (T, V) custody accrued that day
    trade_days: Ints  # (K,) index into dates, ascending
    reasons: tuple[str, ...]  # (K,) rebalance, carry_over, flow or delisting: the first of these that applies
    decision_days: Dates  # (K,) the decision date behind each trade; NaT without one
    target_weights: Floats  # (K, V, N) feasible targets, fractions of the value after the trade; NaN where left alone
    units: Floats  # (K, V, N) held from that day's close until the next trade
    order_prices: Floats  # (K, N) price of one unit at which the order was filled, haircut included; NaN if untraded
    order_costs: Floats  # (K, V, N) money, all components together
    costs: Floats  # (K, V, 5) money by costs.COMPONENTS, never negative
    cash: Floats  # (K, V) right after the trade
    owed: Floats  # (K, V) custody left unpaid by the trade
    turnover: Floats  # (K, V) one-way: half of buys plus sells over NAV before the trade; the first purchase is 0.5
    binding: Bools  # (K, V, C) which constraints bound
    rates: Rates  # of each moment (K, N): what splits the cost of an order into its components
    custody: float = 0.0  # a year, fraction of NAV: what is behind charges


def orders_of(result: Result) -> Floats:
    """(K, V, N) units bought (+) or sold (-)."""
    orders = result.units.copy()
    orders[1:] -= result.units[:-1]
    return orders


def order_cost_components(result: Result) -> Floats:
    """(K, V, N, 5) cost of each order by costs.COMPONENTS; their sum is order_costs."""
    value = orders_of(result) * np.nan_to_num(result.order_prices)[:, None]
    return split_costs(value, result.rates.for_variants())


def unit_value(result: Result) -> Floats:
    """(T, V) the NAV of money that was there from the first day: what comes or goes on the way changes nothing.

    nav[0], grown by (nav - flow) / (nav of the day before). Equal to nav, to the bit, when nothing flows.
    """
    if not result.flows.any():
        return result.nav
    growth = (result.nav[1:] - result.flows[1:, None]) / result.nav[:-1]
    return np.asarray(np.cumprod(np.concatenate([result.nav[:1], growth]), axis=0), dtype=np.float64)


def segment_of(result: Result) -> Ints:
    """(T,) for each day the index of the trade whose holdings stand at its close."""
    return np.searchsorted(result.trade_days, np.arange(len(result.dates)), side="right") - 1


@dataclass(frozen=True)
class Replay:
    """What a replay of the orders needs beside the Result: prices of everything ever held, and the cash series."""

    assets: tuple[str, ...]  # (M,)
    prices: Floats  # (T, M) total-return levels; NaN outside the listing
    cash: Floats  # (T,)


TABLES = ("nav", "trades", "orders", "holdings", "prices", "rates")
FILES = ("run.json", *(f"{table}.parquet" for table in TABLES))


def write_result(result: Result, panel: Panel, folder: Path) -> list[Path]:
    """Write a result, and the prices a replay needs, into `folder` as the seven FILES; returns their paths.

    Tables are long, one row per variant and asset where something happened, so that a person can read them. The same
    result gives the same bytes.
    """
    folder.mkdir(parents=True, exist_ok=True)
    head = {
        "assets": result.assets,
        "capital": result.capital,
        "commission": result.rates.commission,
        "commission_fixed": result.rates.fixed,
        "commission_minimum": result.rates.minimum,
        "constraints": result.constraints,
        "custody": result.custody,
        "variants": result.nav.shape[1],
    }
    (folder / "run.json").write_text(json.dumps(head, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    tables = (
        _nav_table(result, panel), _trades(result), _orders(result), _holdings(result), _prices(result, panel),
        _rates(result),
    )  # fmt: skip
    for name, table in zip(FILES[1:], tables, strict=True):
        pq.write_table(pa.table(table), folder / name, compression="zstd")
    return [folder / name for name in FILES]


def _nav_table(result: Result, panel: Panel) -> dict[str, Any]:
    table = {"date": result.dates, "cash_level": panel.cash[-len(result.dates) :], "flow": result.flows}
    for v in range(result.nav.shape[1]):
        table |= {f"nav_{v}": result.nav[:, v], f"custody_{v}": result.charges[:, v]}
    return table


def _trades(result: Result) -> dict[str, Any]:
    """One row per moment and variant."""
    moments, variants = result.cash.shape
    each = np.repeat(np.arange(moments), variants)
    names = np.array(result.constraints, dtype=object)
    bound = [names[row].tolist() for row in result.binding.reshape(len(each), -1)]  # a name may hold any character
    return {
        "date": result.dates[result.trade_days][each],
        "variant": np.tile(np.arange(variants), moments),
        "reason": pa.array([result.reasons[k] for k in each], pa.string()),
        "decision_date": result.decision_days[each],
        **{name: result.costs[:, :, c].ravel() for c, name in enumerate(COMPONENTS)},
        "turnover": result.turnover.ravel(),
        "cash": result.cash.ravel(),
        "owed": result.owed.ravel(),
        "others_left_alone": _mostly_left_alone(result.target_weights).ravel(),
        "binding": pa.array(bound, pa.list_(pa.string())),
    }


def _mostly_left_alone(targets: Floats) -> Bools:
    """(K, V) whether most names were left alone: the ones that the table of holdings does not list."""
    alone: Bools = np.isnan(targets).mean(axis=2) > 0.5
    return alone


def _orders(result: Result) -> dict[str, Any]:
    units = orders_of(result)
    k, v, i = np.nonzero(units)
    parts = order_cost_components(result)[k, v, i]
    return (
        _located(result, k, v, i)
        | {"units": units[k, v, i], "price": result.order_prices[k, i], "cost": result.order_costs[k, v, i]}
        | {name: parts[:, c] for c, name in enumerate(COMPONENTS)}
    )


def _holdings(result: Result) -> dict[str, Any]:
    """What is held, and every target that is not what the others have: zero, or left alone (null)."""
    targets, alone = result.target_weights, _mostly_left_alone(result.target_weights)[:, :, None]
    usual = np.where(alone, np.isnan(targets), targets == 0.0)
    k, v, i = np.nonzero((result.units != 0.0) | ~usual)
    return _located(result, k, v, i) | {"units": result.units[k, v, i], "target_weight": targets[k, v, i]}


def _located(result: Result, k: Ints, v: Ints, i: Ints) -> dict[str, Any]:
    assets = pa.array(np.array(result.assets, dtype=object)[i], pa.string())
    return {"date": result.dates[result.trade_days[k]], "variant": v, "asset": assets}


def _prices(result: Result, panel: Panel) -> dict[str, Any]:
    """The date, then one column per asset ever traded, in the order of the universe."""
    prices = panel.prices[-len(result.dates) :]
    ever = np.flatnonzero(orders_of(result).any(axis=(0, 1)))
    return {"date": result.dates} | {result.assets[i]: prices[:, i] for i in ever}


def _rates(result: Result) -> dict[str, Any]:
    """Rates by date and asset; by asset alone, under the first date, where they never change."""
    moments = 1 if result.rates.constant else len(result.trade_days)
    k, i = np.divmod(np.arange(moments * len(result.assets)), len(result.assets))
    where = _located(result, k, np.zeros_like(k), i)
    del where["variant"]
    return where | {name: getattr(result.rates, name)[:moments].ravel() for name in PER_ASSET}


def read_result(folder: Path) -> tuple[Result, Replay]:
    """The result that `write_result` wrote, equal to the bit, and what a replay needs.

    Raises RunError when a file is missing or is not what write_result writes.
    """
    try:
        head = json.loads((folder / "run.json").read_text(encoding="utf-8"))
        tables = {name.removesuffix(".parquet"): pq.read_table(folder / name) for name in FILES[1:]}
        return _assemble(head, tables), _replay(tables)
    except FileNotFoundError as error:
        raise RunError(
            f"{folder}: {Path(str(error.filename or error)).name} is missing. Run the backtest again."
        ) from None
    except (KeyError, IndexError, TypeError, ValueError, ZeroDivisionError, OSError, pa.ArrowException) as error:
        raise RunError(f"{folder}: not a result as written ({error}). Run the backtest again.") from None


def replay_of(result: Result, panel: Panel) -> Replay:
    """What a replay of the result needs, from the panel that it was simulated on."""
    ever, days = np.flatnonzero(orders_of(result).any(axis=(0, 1))), len(result.dates)
    return Replay(tuple(result.assets[i] for i in ever), panel.prices[-days:, ever], panel.cash[-days:])


def _replay(tables: dict[str, pa.Table]) -> Replay:
    """Prices of what was ever traded, and the cash series. Raises ValueError when their days are not the same."""
    prices, held = tables["prices"], tuple(tables["prices"].column_names[1:])
    if not np.array_equal(_column(prices, "date"), _column(tables["nav"], "date")):
        raise ValueError("prices.parquet has other days than nav.parquet")
    levels = np.array([_column(prices, name) for name in held], dtype=np.float64).reshape(len(held), prices.num_rows)
    return Replay(held, np.ascontiguousarray(levels.T), _column(tables["nav"], "cash_level"))


def _column(table: pa.Table, name: str) -> NDArray[Any]:
    found: NDArray[Any] = table.column(name).to_numpy()
    return found.astype("datetime64[D]") if found.dtype.kind == "M" else found


def _assemble(head: dict[str, Any], tables: dict[str, pa.Table]) -> Result:
    """Dense arrays from the long tables."""
    # Long because one line is needed for each field of Result.
    variants, assets = int(head["variants"]), tuple(head["assets"])
    nav, trades, orders, holdings = (tables[name] for name in ("nav", "trades", "orders", "holdings"))
    dates = _column(nav, "date")
    moments = trades.num_rows // variants
    first = np.arange(moments) * variants
    days = np.searchsorted(dates, _column(trades, "date")[first])
    shape = (moments, variants, len(assets))
    place = {asset: i for i, asset in enumerate(assets)}

    def spread(table: pa.Table, name: str, empty: Floats) -> Floats:
        k = np.searchsorted(dates[days], _column(table, "date"))
        i = np.array([place[asset] for asset in table.column("asset").to_pylist()], dtype=np.int64)
        empty[k, _column(table, "variant"), i] = _column(table, name)
        return empty

    def by_variant(name: str) -> NDArray[Any]:
        return _column(trades, name).reshape(moments, variants)

    prices = spread(orders, "price", np.full(shape, -np.inf)).max(axis=1)
    alone = by_variant("others_left_alone")[:, :, None]
    bound = [set(names) for names in trades.column("binding").to_pylist()]
    binding = np.array([[name in found for name in head["constraints"]] for found in bound], dtype=np.bool_)
    return Result(
        dates=dates,
        assets=assets,
        capital=head["capital"],
        constraints=tuple(head["constraints"]),
        nav=np.column_stack([_column(nav, f"nav_{v}") for v in range(variants)]),
        flows=_column(nav, "flow"),
        charges=np.column_stack([_column(nav, f"custody_{v}") for v in range(variants)]),
        trade_days=days,
        reasons=tuple(trades.column("reason").to_pylist()[::variants]),
        decision_days=_column(trades, "decision_date")[first],
        target_weights=spread(holdings, "target_weight", np.where(alone, np.nan, np.zeros(shape))),
        units=spread(holdings, "units", np.zeros(shape)),
        order_prices=np.where(np.isinf(prices), np.nan, prices),
        order_costs=spread(orders, "cost", np.zeros(shape)),
        costs=np.stack([by_variant(name) for name in COMPONENTS], axis=-1),
        cash=by_variant("cash"),
        owed=by_variant("owed"),
        turnover=by_variant("turnover"),
        binding=binding.reshape(moments, variants, len(head["constraints"])),
        rates=_read_rates(head, tables["rates"], moments),
        custody=head["custody"],
    )


def _read_rates(head: dict[str, Any], table: pa.Table, moments: int) -> Rates:
    shape = (moments, len(head["assets"]))
    arrays = [np.broadcast_to(_column(table, name).reshape(-1, shape[1]), shape) for name in PER_ASSET]
    return Rates(head["commission"], head["commission_fixed"], head["commission_minimum"], *arrays)
