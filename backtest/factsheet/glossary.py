"""Words of a sheet that a retail reader may not know, each in a sentence of our own."""

from __future__ import annotations

from backtest.factsheet.rows import Printed, Row

ALWAYS = {
    "Active share": "the part of the portfolio that differs from the benchmark.",
    "Back-test": "rules applied to the past, as if somebody had followed them. Nobody did.",
    "Basis point (bp)": "a hundredth of one per cent.",
    "Benchmark": "the index that the results are compared with.",
    "Doing nothing": "holding the benchmark’s companies at their weights, at the same costs of trading.",
    "Drawdown": "how far the value lies below the highest it has been.",
    "Effective number of names": "how many holdings of equal size would be as concentrated as this portfolio.",
    "NAV": "net asset value: what the fund is worth after what it owes.",
    "Percentage point (pp)": "the plain difference between two percentages.",
    "Sharpe ratio": "return above cash for each unit of volatility. Higher is better; below zero, cash did better.",
    "Tracking error": "how much the yearly result tends to differ from the benchmark’s.",
    "Turnover": "how much of the portfolio is exchanged in a year.",
    "Volatility": "how much the yearly return tends to swing around its average.",
}
"""Term -> meaning, in alphabetical order."""
WHERE_KNOWN = {
    "risk.strategy.srri": (
        "SRRI", "synthetic risk and reward indicator: a class by volatility over five years."
    ),
    "risk.strategy.information_ratio": (
        "Information ratio", "return above the benchmark for each unit of tracking error."
    ),
    "class.performance_fee": ("High-water mark", "the highest value on which a performance fee was paid so far."),
}  # fmt: skip
"""Facts whose term is explained where they have a value."""


def glossary(text: Printed) -> list[Row]:
    """The terms on this sheet with their meanings, in alphabetical order."""
    shown = ALWAYS | dict(entry for key, entry in WHERE_KNOWN.items() if text.known(key))
    return [{"term": term, "meaning": shown[term]} for term in sorted(shown, key=str.casefold)]
