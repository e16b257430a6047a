"""A warning is found however it is set: twenty layouts in three families of type, sixty of sixty.

The families come with the project: ours, and two that the tests install. Nothing of the machine is used.
"""

from __future__ import annotations

from importlib import util
from pathlib import Path

import pytest

from backtest.artifacts import templates_folder
from backtest.disclosure.document import read_pdf
from backtest.disclosure.reading import Reading, key

TEXT = (
    "Past performance isn’t a reliable indicator: an over-confident office may find that −12.5% of “efficient” "
    "long-term, small- and mid-sized holdings in 2024–2025 fluffs its first flat profit."
)
OTHER = "A neighbour stands beside it and says quite other things about fifteen differently worded affairs of its own."
WORDS = TEXT.split()
SOFT = TEXT.replace("performance", "perfor\u00admance").replace("indicator", "indi\u00adcator")
DRAWN = "".join(
    f'<text x="{20 * row}" y="{12 + 14 * row}" font-size="9">{" ".join(WORDS[9 * row : 9 * row + 9])}</text>'
    for row in range(4)
)

LAYOUTS = {
    "one paragraph": f"<p>{TEXT}</p>",
    "a narrow column, cut by hand": f'<p style="width: 30mm">{TEXT}</p>',
    "hyphenated by the renderer": f'<p style="width: 28mm; hyphens: auto">{TEXT}</p>',
    "soft hyphens": f'<p style="width: 24mm">{SOFT}</p>',
    "justified": f'<p style="width: 37mm; text-align: justify; hyphens: auto">{TEXT}</p>',
    "spaced out": f'<p style="letter-spacing: 1.4pt">{TEXT}</p>',
    "places to break": f'<p style="width: 20mm">{TEXT.replace("e", "e<wbr>")}</p>',
    "bold inside": f"<p>{TEXT[:40]}<b>{TEXT[40:90]}</b>{TEXT[90:]}</p>",
    "in capitals": f'<p style="text-transform: uppercase">{TEXT}</p>',
    "over a page": f'<p style="margin-top: 165mm; font-size: 15pt; orphans: 1; widows: 1">{TEXT}</p>',
    "over two columns": f'<div style="columns: 2; height: 22mm">{TEXT}</div>',
    "beside another cell": f"<table><tr><td>{TEXT}</td><td>{OTHER}</td></tr></table>",
    "beside another column": f'<div style="display: flex"><p style="width: 50%">{TEXT}</p><p>{OTHER}</p></div>',
    "turned on its side": f'<p style="transform: rotate(90deg); width: 60mm; margin: 40mm 0">{TEXT}</p>',
    "spaces that do not break": f"<p>{TEXT.replace(' ', chr(160), 9)}</p>",
    "figures of equal width": f'<p style="font-variant-numeric: tabular-nums">{TEXT}</p>',
    "from the style sheet": f'<style>.w::before {{ content: "{TEXT}" }}</style><p class="w"></p>',
    "in a drawing": f'<svg width="520" height="60">{DRAWN}</svg>',
    "in a footnote": f'<p>See below<span style="float: footnote">{TEXT}</span>.</p>',
    "in a list": f"<ul><li>{OTHER}</li><li>{TEXT}</li></ul>",
}  # fmt: skip


def installed(package: str, file: str) -> Path:
    found = util.find_spec(package)
    assert found is not None and found.origin is not None
    return Path(found.origin).parent / "files" / file


def faces(family: str) -> str:
    """The style that sets a page in one family, in two weights."""
    files = {
        "Jevons Sans": [
            templates_folder() / "factsheet" / "fonts" / f"JevonsSans-{w}.ttf" for w in ("Regular", "Bold")
        ],
        "Lato": [installed("fontpkg_lato", f"Lato-{w}.ttf") for w in ("Regular", "Bold")],
        "IBM Plex Serif": [installed("fontpkg_ibm_plex_serif", f"IBMPlexSerif-{w}.ttf") for w in ("Regular", "Bold")],
    }[family]
    rules = "".join(
        f"@font-face {{ font-family: 'Tested'; font-weight: {weight}; src: url('{file.as_uri()}') }}\n"
        for weight, file in zip((400, 700), files, strict=True)
    )
    page = "@page { size: A5; margin: 10mm } body { font: 9pt Tested } svg { font-family: Tested }"
    return f"<style>{rules}{page}</style>"


@pytest.mark.parametrize("family", ["Jevons Sans", "Lato", "IBM Plex Serif"])
@pytest.mark.parametrize("markup", LAYOUTS.values(), ids=LAYOUTS)
def test_a_warning_is_found_in_any_layout_and_type(print_page, family, markup):
    document = read_pdf(print_page(f'<html lang="en"><title>t</title>{faces(family)}{markup}'))
    reading = Reading(document)
    found = reading.find(TEXT)
    assert len(found) == 1
    letters = "".join(document.characters[i].text for i in found[0].indices)
    assert key(letters) == key(TEXT)
    assert document.visibility(found[0].indices).visible == 1.0, "every letter of it is seen"


def test_a_warning_is_found_in_every_layout_named():
    assert len(LAYOUTS) == 20


@pytest.mark.parametrize("name", ["beside another cell", "beside another column"])
def test_what_stands_side_by_side_is_kept_apart(print_page, name):
    """No line and no sentence holds words of both."""
    reading = Reading(read_pdf(print_page(f'<html lang="en"><title>t</title>{faces("Lato")}{LAYOUTS[name]}')))
    texts = [*(sentence.text for sentence in reading.sentences), *(line.text for line in reading.lines)]
    assert any("neighbour" in text for text in texts)
    assert not any("neighbour" in text and "performance" in text for text in texts)
