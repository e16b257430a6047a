"""Written with if: a column of parameters has no one truth.

Finds: grid
"""


def target_weights(history, *, invested: float = 0.5):
    """invested: share of the portfolio in companies, 0.1 to 1."""
    if invested > 0.5:
        return history.benchmark_weights
    return history.benchmark_weights * 0.5
