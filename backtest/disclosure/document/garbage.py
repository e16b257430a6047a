"""Reading a PDF makes an object for each of its letters, a few hundred thousand in a pack, and none that holds itself:
Python's search for such circles, begun again and again while they pile up, takes a fifth of the time and finds none."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def uncollected() -> Iterator[None]:
    """Put the search off until the work inside is done; it is left as it was found."""
    searching = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if searching:
            gc.enable()
