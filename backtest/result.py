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

from backtest.errors import RunError
from backtest.market.prices import Panel

Dates = NDArray[np.datetime64]
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Result:
    """One simulated run of V variants over T days, N assets and K moments at which something was traded.

    Values are in the base currency. The first day is the first trade date; `nav[0]` is what is left of `capital`
    after the cost of the first trade. Units are of total-return series: a unit's price includes reinvested dividends.
    """

    dates: Dates  # (T,) trading days, from the first trade date to the last day of the window
    assets: tuple[str, ...]  # (N,)
    capital: float
    nav: Floats  # (T, V) after trading costs, before charges
    trade_days: Ints  # (K,) index into dates, ascending; delistings included
    is_rebalance: NDArray[np.bool_]  # (K,) False where only a delisted position was sold
    orders: Floats  # (K, V, N) units bought (+) or sold (-)
    order_prices: Floats  # (K, N) price of one unit at which the order was filled, haircut included; NaN if untraded
    costs: Floats  # (K, V) cost of the trade in base currency, never negative
    turnover: Floats  # (K, V) one-way: half of buys plus sells over NAV before the trade; the first purchase is 0.5
    units: Floats  # (K, V, N) held from that day's close until the next trade
    cash: Floats  # (K, V) cash right after the trade, in base currency
    target_weights: Floats  # (K, V, N) feasible targets; NaN rows where only a delisted position was sold
    decision_days: Dates  # (K,) the decision date behind each trade; NaT for delistings
    binding: tuple[tuple[str, ...], ...]  # (K,) names of the constraints that bound in any variant
    buy_rate: float = 0.0  # cost of buying 1 of value, for the replay
    sell_rate: float = 0.0


def segment_of(result: Result) -> Ints:
    """(T,) for each day the index of the trade whose holdings stand at its close."""
    return np.searchsorted(result.trade_days, np.arange(len(result.dates)), side="right") - 1


@dataclass(frozen=True)
class Replay:
    """What a replay of the orders needs beside the Result: prices of everything ever held, and the cash series."""

    assets: tuple[str, ...]  # (M,)
    prices: Floats  # (T, M) total-return levels; NaN outside the listing
    cash: Floats  # (T,)


FILES = ("run.json", "nav.parquet", "trades.parquet", "orders.parquet", "holdings.parquet", "prices.parquet")


def write_result(result: Result, panel: Panel, folder: Path) -> list[Path]:
    """Write a result, and the prices a replay needs, into `folder` as the six FILES; returns their paths.

    Tables are long, one row per variant and asset where something happened, so that a person can read them. The same
    result gives the same bytes.
    """
    folder.mkdir(parents=True, exist_ok=True)
    head = {
        "assets": result.assets,
        "buy_rate": result.buy_rate,
        "capital": result.capital,
        "sell_rate": result.sell_rate,
        "variants": result.nav.shape[1],
    }
    (folder / "run.json").write_text(json.dumps(head, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    tables = (_nav_table(result, panel), _trades(result), _orders(result), _holdings(result), _prices(result, panel))
    for name, table in zip(FILES[1:], tables, strict=True):
        pq.write_table(pa.table(table), folder / name, compression="zstd")
    return [folder / name for name in FILES]


def _nav_table(result: Result, panel: Panel) -> dict[str, Any]:
    table = {"date": result.dates, "cash_level": panel.cash[-len(result.dates) :]}
    return table | {f"nav_{v}": result.nav[:, v] for v in range(result.nav.shape[1])}


def _trades(result: Result) -> dict[str, Any]:
    """One row per moment and variant."""
    moments, variants = result.cash.shape
    each = np.repeat(np.arange(moments), variants)
    return {
        "date": result.dates[result.trade_days][each],
        "variant": np.tile(np.arange(variants), moments),
        "decision_date": result.decision_days[each],
        "is_rebalance": result.is_rebalance[each],
        "decided": ~np.isnan(result.target_weights).any(axis=2).ravel(),
        "cost": result.costs.ravel(),
        "turnover": result.turnover.ravel(),
        "cash": result.cash.ravel(),
        "binding": pa.array([" ".join(result.binding[k]) for k in each], pa.string()),
    }


def _orders(result: Result) -> dict[str, Any]:
    k, v, i = np.nonzero(result.orders)
    return _located(result, k, v, i) | {"units": result.orders[k, v, i], "price": result.order_prices[k, i]}


def _holdings(result: Result) -> dict[str, Any]:
    targets = result.target_weights
    k, v, i = np.nonzero((result.units != 0.0) | (targets > 0.0))
    return _located(result, k, v, i) | {"units": result.units[k, v, i], "target_weight": targets[k, v, i]}


def _located(result: Result, k: Ints, v: Ints, i: Ints) -> dict[str, Any]:
    assets = pa.array(np.array(result.assets, dtype=object)[i], pa.string())
    return {"date": result.dates[result.trade_days[k]], "variant": v, "asset": assets}


def _prices(result: Result, panel: Panel) -> dict[str, Any]:
    """The date, then one column per asset ever traded, in the order of the universe."""
    prices = panel.prices[-len(result.dates) :]
    ever = np.flatnonzero(result.orders.any(axis=(0, 1)))
    return {"date": result.dates} | {result.assets[i]: prices[:, i] for i in ever}


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
    except (KeyError, IndexError, ValueError, pa.ArrowException) as error:
        raise RunError(f"{folder}: not a result as written ({error}). Run the backtest again.") from None


def _replay(tables: dict[str, pa.Table]) -> Replay:
    prices, held = tables["prices"], tuple(tables["prices"].column_names[1:])
    levels = np.array([_column(prices, name) for name in held], dtype=np.float64).reshape(len(held), prices.num_rows)
    return Replay(held, np.ascontiguousarray(levels.T), _column(tables["nav"], "cash_level"))


def _column(table: pa.Table, name: str) -> NDArray[Any]:
    found: NDArray[Any] = table.column(name).to_numpy()
    return found.astype("datetime64[D]") if found.dtype.kind == "M" else found


def _assemble(head: dict[str, Any], tables: dict[str, pa.Table]) -> Result:
    """Dense arrays from the long tables. Longer than most: one line per field of Result."""
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

    decided = _column(trades, "decided").reshape(moments, variants)
    prices = spread(orders, "price", np.full(shape, -np.inf)).max(axis=1)
    return Result(
        dates=dates,
        assets=assets,
        capital=head["capital"],
        nav=np.column_stack([_column(nav, f"nav_{v}") for v in range(variants)]),
        trade_days=days,
        is_rebalance=_column(trades, "is_rebalance")[first],
        orders=spread(orders, "units", np.zeros(shape)),
        order_prices=np.where(np.isinf(prices), np.nan, prices),
        costs=_column(trades, "cost").reshape(moments, variants),
        turnover=_column(trades, "turnover").reshape(moments, variants),
        units=spread(holdings, "units", np.zeros(shape)),
        cash=_column(trades, "cash").reshape(moments, variants),
        target_weights=spread(holdings, "target_weight", np.where(decided[:, :, None], np.zeros(shape), np.nan)),
        decision_days=_column(trades, "decision_date")[first],
        binding=tuple(tuple(trades.column("binding")[int(row)].as_py().split()) for row in first),
        buy_rate=head["buy_rate"],
        sell_rate=head["sell_rate"],
    )
