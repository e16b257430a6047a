"""Pictures of the sheets of ten_mandates.py: how they are made, compared and approved.

`python tests/pages/pictures.py` (or `make pictures`) draws all of them anew into tests/pages/approved. Look at each
before it is committed: a picture that is approved is one that somebody would send.
"""

from __future__ import annotations

import runpy
import sys
from pathlib import Path

import numpy as np
import pypdfium2
from PIL import Image

HERE = Path(__file__).parent
APPROVED = HERE / "approved"
DPI = 50
SHADES = 16
BLOCK = 10
TOLERANCE = 0.12
"""Pages are cut into blocks of 10 pixels (5 mm); no block's mean shade may differ by more than 12 % of black from the
approved one. Another antialiasing stays far below it; a word that moved, came or went does not."""


def pages_of(pdf: bytes) -> list[np.ndarray]:
    """Each page in shades of grey, (height, width) of 0 to 255, at DPI and in SHADES steps."""
    step = 256 // SHADES
    with pypdfium2.PdfDocument(pdf) as document:
        pictures = [document[i].render(scale=DPI / 72.0, grayscale=True).to_numpy() for i in range(len(document))]
    return [(picture.reshape(picture.shape[:2]) // step * step + step // 2).astype(np.uint8) for picture in pictures]


def difference(picture: np.ndarray, approved: np.ndarray) -> float:
    """The largest difference of a block's mean shade, as a fraction of black; 1 for pages of different sizes."""
    if picture.shape != approved.shape:
        return 1.0
    return float(np.abs(_blocks(picture) - _blocks(approved)).max()) / 255.0


def _blocks(picture: np.ndarray) -> np.ndarray:
    rows, columns = (size // BLOCK * BLOCK for size in picture.shape)
    return picture[:rows, :columns].reshape(rows // BLOCK, BLOCK, columns // BLOCK, BLOCK).mean(axis=(1, 3))


def path_of(name: str, page: int) -> Path:
    return APPROVED / f"{name}-{page}.png"


def approved(name: str, page: int) -> np.ndarray:
    return np.asarray(Image.open(path_of(name, page)).convert("L"))


def approve(name: str, pdf: bytes) -> None:
    """Write the pictures of a sheet's pages in place of the approved ones."""
    APPROVED.mkdir(exist_ok=True)
    for old in APPROVED.glob(f"{name}-[0-9].png"):
        old.unlink()
    for page, picture in enumerate(pages_of(pdf), 1):
        Image.fromarray(picture).quantize(SHADES).save(path_of(name, page), optimize=True)


if __name__ == "__main__":
    mandates = runpy.run_path(str(HERE / "ten_mandates.py"))
    for name in sys.argv[1:] or mandates["CASES"]:
        approve(name, mandates["sheet_of"](name)[0].pdf)
        print(name)  # noqa: T201  this file is a command too
