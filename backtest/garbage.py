"""Python's search for objects that hold each other in a circle, put off while a great many of them are made.

A layout's boxes are all in use until their page is done, and a read PDF is an object for each of its letters, a few
hundred thousand in a pack: the search, begun again and again while they pile up, takes a fifth of the time and finds
nothing.
"""

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
