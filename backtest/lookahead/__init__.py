"""The proof that a strategy does not look ahead, and the check of a strategy's file, the user's included."""

from backtest.lookahead.check import Check, CheckRequest, check_strategy
from backtest.lookahead.findings import Finding
from backtest.lookahead.futures import WAYS, scrambled_after
from backtest.lookahead.proof import prove_no_look_ahead

__all__ = ["WAYS", "Check", "CheckRequest", "Finding", "check_strategy", "prove_no_look_ahead", "scrambled_after"]
