"""The one way in which arithmetic is compiled: by Numba, kept on disk, free of the interpreter's lock.

Of fast maths only `reassoc` is allowed: a long sum may be added in lanes, always the same ones on one kind of
processor, so that the same input gives the same bits there. For that, a loop that sums must store nothing: a loop that
might write into what it reads is compiled twice, and where the arrays lie would decide how it adds. Numbers that are
none stay none. A kernel is compiled once on a machine; where no cache can be written, once a process.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import numba
import numpy as np
from numpy.typing import NDArray

Number = TypeVar("Number", bound=np.generic)


def compiled(kernel: Callable[..., Any]) -> Callable[..., Any]:
    """The kernel compiled for the types of its first call. It may call other compiled kernels, which are inlined."""
    options: dict[str, Any] = {"nogil": True, "error_model": "numpy", "fastmath": {"reassoc", "nsz"}}
    try:
        made: Callable[..., Any] = numba.njit(cache=True, **options)(kernel)
    except RuntimeError:  # neither the package's folder nor the user's cache folder can be written
        made = numba.njit(**options)(kernel)
    return made


def frozen_view(array: NDArray[Number]) -> NDArray[Number]:
    """A read-only view in rows, so that a kernel is compiled for one kind of array."""
    view = np.ascontiguousarray(array).view()
    view.flags.writeable = False
    return view
