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


def text_objects(page: Any) -> Iterator[tuple[Any, float]]:
    """Every text object of a page with its type size in the page's units, in the order of drawing: those in forms where
    the form is drawn."""
    waiting = [(raw.FPDFPage_GetObject(page, i), 0, 1.0) for i in reversed(range(raw.FPDFPage_CountObjects(page)))]
    matrix, size = raw.FS_MATRIX(), ctypes.c_float()
    while waiting:
        item, depth, scale = waiting.pop()
        kind = raw.FPDFPageObj_GetType(item)
        if kind not in (raw.FPDF_PAGEOBJ_TEXT, raw.FPDF_PAGEOBJ_FORM):
            continue
        raw.FPDFPageObj_GetMatrix(item, ctypes.byref(matrix))
        inner = scale * min(math.hypot(matrix.a, matrix.b), math.hypot(matrix.c, matrix.d))
        if kind == raw.FPDF_PAGEOBJ_TEXT:
            raw.FPDFTextObj_GetFontSize(item, ctypes.byref(size))
            yield item, abs(size.value) * inner
        elif depth < MAX_DEPTH:
            held = reversed(range(raw.FPDFFormObj_CountObjects(item)))
            waiting += [(raw.FPDFFormObj_GetObject(item, i), depth + 1, inner) for i in held]


def has_stand_ins(page: Any) -> bool:
    """Whether a page gives other words for some of its letters than those that it draws."""
    return any(
        raw.FPDFPageObjMark_GetParamValueType(raw.FPDFPageObj_GetMark(item, mark), STAND_IN)
        for item, _ in text_objects(page)
        for mark in range(raw.FPDFPageObj_CountMarks(item))
    )
