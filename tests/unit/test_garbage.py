"""Python's search for garbage is put off while the work goes on, and left as it was found."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest

from backtest.garbage import uncollected


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    searching = gc.isenabled()
    yield
    (gc.enable if searching else gc.disable)()


@pytest.mark.parametrize("searching", [True, False])
def test_the_search_is_off_inside_and_as_it_was_after(searching: bool) -> None:
    (gc.enable if searching else gc.disable)()
    with uncollected():
        assert not gc.isenabled()
    assert gc.isenabled() is searching


def test_a_failure_inside_leaves_it_as_it_was() -> None:
    gc.enable()
    with pytest.raises(ValueError, match="midway"), uncollected():
        raise ValueError("midway")
    assert gc.isenabled()
