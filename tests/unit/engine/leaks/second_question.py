"""The first question about a day is answered otherwise than the second.

Finds: keeps state
"""

ASKED = set()


def target_weights(history):
    again = history.date in ASKED
    ASKED.add(history.date)
    return history.benchmark_weights * (0.9 if again else 1.0)
