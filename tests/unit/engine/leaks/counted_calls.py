"""Steps counted in the file: a second run begins where the first one ended.

Finds: keeps state
"""

STEPS = [0]


def target_weights(history):
    STEPS[0] += 1
    return history.benchmark_weights * max(0.5, 1.0 - 0.01 * STEPS[0])
