"""The weight depends on the day on which the backtest is run.

Finds: reads from outside
"""

from datetime import datetime


def target_weights(history):
    return history.benchmark_weights * (0.9 if datetime.now().year > 2000 else 0.8)
