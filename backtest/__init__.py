"""The machine. A script imports from the rooms themselves, so that nothing heavy is loaded before it is needed:

from backtest.mandate import load_mandate
from backtest.market.sources import read_market
from backtest.market.prices import build_panel
from backtest.strategy import load_strategy
from backtest.simulate import simulate
from backtest.pipeline import run
"""
