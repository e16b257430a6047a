"""What a page draws, as the drawing reader has it: its text objects in turn."""

from __future__ import annotations

import ctypes
import math
from collections.abc import Iterator
from typing import Any

import pypdfium2.raw as raw

MAX_DEPTH = 64
STAND_IN = b"ActualText"
"""The entry of marked content whose words stand in for the letters that are drawn."""


def text_objects(page: Any) -> Iterator[Any]:
    """Every text object of a page in the order of drawing: those in forms where the form is drawn."""
    return (item for item, _ in _drawn(page))


def text_sizes(page: Any) -> Iterator[tuple[Any, float]]:
    """Every text object of a page, as above, with its type size in the page's units."""
    size = ctypes.c_float()
    for item, scale in _drawn(page):
        raw.FPDFTextObj_GetFontSize(item, ctypes.byref(size))
        yield item, abs(size.value) * scale * _scale(item)


def _drawn(page: Any) -> Iterator[tuple[Any, float]]:
    """Every text object, and the scale of the forms that it is in."""
    waiting = [(raw.FPDFPage_GetObject(page, i), 0, 1.0) for i in reversed(range(raw.FPDFPage_CountObjects(page)))]
    while waiting:
        item, depth, scale = waiting.pop()
        kind = raw.FPDFPageObj_GetType(item)
        if kind == raw.FPDF_PAGEOBJ_TEXT:
            yield item, scale
        elif kind == raw.FPDF_PAGEOBJ_FORM and depth < MAX_DEPTH:
            inner, held = scale * _scale(item), reversed(range(raw.FPDFFormObj_CountObjects(item)))
            waiting += [(raw.FPDFFormObj_GetObject(item, i), depth + 1, inner) for i in held]


def _scale(item: Any) -> float:
    """By how much an object's own matrix enlarges, in the direction in which it enlarges less."""
    matrix = raw.FS_MATRIX()
    raw.FPDFPageObj_GetMatrix(item, ctypes.byref(matrix))
    return min(math.hypot(matrix.a, matrix.b), math.hypot(matrix.c, matrix.d))


def has_stand_ins(page: Any) -> bool:
    """Whether a page gives other words for some of its letters than those that it draws."""
    return any(
        raw.FPDFPageObjMark_GetParamValueType(raw.FPDFPageObj_GetMark(item, mark), STAND_IN)
        for item in text_objects(page)
        for mark in range(raw.FPDFPageObj_CountMarks(item))
    )
