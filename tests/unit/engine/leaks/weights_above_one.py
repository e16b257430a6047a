"""More than the whole portfolio at one end of the range.

Finds: refuses
"""


def target_weights(history, *, invested: float = 0.5):
    """invested: share of the portfolio in companies, 0.1 to 2."""
    return history.benchmark_weights * invested
