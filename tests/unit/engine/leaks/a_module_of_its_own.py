"""What it knows comes from a module that nobody looked into.

Finds: reads from outside
"""

import secrets


def target_weights(history):
    return history.benchmark_weights * (1.0 if secrets.compare_digest("a", "a") else 0.5)
