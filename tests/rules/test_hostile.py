"""Ways to print a warning that nobody can read: the text is in the file each time, and the rule fails each time.

The fair ways pass, so that the measure does not simply refuse everything.
"""

from __future__ import annotations

import base64
import io

import numpy as np
import pikepdf
import pytest

from backtest.disclosure.rule import Outcome

TEXT = (
    "Your capital is at risk. The value of an investment, and any income from it, can fall as well as rise. "
    "You may get back less than you put in."
)


def picture(pixels: np.ndarray) -> str:
    """A small picture as a data address, written as the simplest bitmap there is."""
    height, width, _ = pixels.shape
    row = (3 * width + 3) // 4 * 4
    body = b"".join(bytes(line[:, ::-1].tobytes()).ljust(row, b"\0") for line in pixels[::-1])
    size = 54 + len(body)
    head = b"BM" + size.to_bytes(4, "little") + bytes(4) + (54).to_bytes(4, "little") + (40).to_bytes(4, "little")
    head += width.to_bytes(4, "little") + height.to_bytes(4, "little") + (1).to_bytes(2, "little")
    head += (24).to_bytes(2, "little") + bytes(4) + len(body).to_bytes(4, "little") + bytes(16)
    return "data:image/bmp;base64," + base64.b64encode(head + body).decode()


WHITE = picture(np.full((8, 8, 3), 255, dtype=np.uint8))
NOISE = picture(np.random.Generator(np.random.PCG64(7)).integers(0, 255, (120, 240, 3)).astype(np.uint8))
COVER = "position: absolute; left: 0; top: 0; width: 100%; height: 100%"

HOSTILE = {
    "white on white": f'<p style="color: #fff">{TEXT}</p>',
    "nearly white": f'<p style="color: #f7f7f7">{TEXT}</p>',
    "pale grey": f'<p style="color: #bbb">{TEXT}</p>',
    "one point": f'<p style="font-size: 1pt">{TEXT}</p>',
    "five points": f'<p style="font-size: 5pt">{TEXT}</p>',
    "scaled down": f'<p style="transform: scale(0.5)">{TEXT}</p>',
    "squeezed in height": f'<p style="transform: scaleY(0.3)">{TEXT}</p>',
    "squeezed in width": f'<p style="transform: scaleX(0.3)">{TEXT}</p>',
    "opacity zero": f'<p style="opacity: 0">{TEXT}</p>',
    "opacity of five per cent": f'<p style="opacity: 0.05">{TEXT}</p>',
    "alpha of ten per cent": f'<p style="color: rgba(0, 0, 0, 0.1)">{TEXT}</p>',
    "transparent": f'<p style="color: transparent">{TEXT}</p>',
    "hidden": f'<p style="visibility: hidden">{TEXT}</p>',
    "not displayed": f'<p style="display: none">{TEXT}</p>',
    "covered by a box": f'<div style="position: relative">{TEXT}<div style="{COVER}; background: #fff"></div></div>',
    "covered by half a box": f'<div style="position: relative">{TEXT}'
    f'<div style="{COVER}; width: 50%; background: #fff"></div></div>',
    "covered but for the tops of its letters": f'<div style="position: relative; line-height: 12pt">{TEXT}'
    '<div style="position: absolute; left: 0; right: 0; top: 7.6pt; height: 6pt; background: #fff"></div>'
    '<div style="position: absolute; left: 0; right: 0; top: 19.6pt; height: 6pt; background: #fff"></div></div>',
    "covered by a drawing": f'<div style="position: relative">{TEXT}<svg style="{COVER}" viewBox="0 0 9 9" '
    'preserveAspectRatio="none"><rect width="9" height="9" fill="#fff"/></svg></div>',
    "covered by a picture": f'<div style="position: relative">{TEXT}<img style="{COVER}" src="{WHITE}"></div>',
    "under a layer": f'<div style="position: relative"><div style="position: relative; z-index: 1">{TEXT}</div>'
    f'<div style="{COVER}; z-index: 2; background: #fff"></div></div>',
    "off the page to the right": f'<p style="position: relative; left: 300mm">{TEXT}</p>',
    "off the page below": f'<p style="position: absolute; top: 400mm">{TEXT}</p>',
    "half off the page": f'<p style="position: relative; left: 100mm; white-space: nowrap">{TEXT}</p>',
    "indented away": f'<p style="text-indent: -400mm; white-space: nowrap">{TEXT}</p>',
    "cut by a low box": f'<div style="height: 3pt; overflow: hidden">{TEXT}</div>',
    "cut by a narrow box": f'<div style="width: 60mm; overflow: hidden; white-space: nowrap">{TEXT}</div>',
    "clipped away": f'<p style="position: absolute; clip: rect(0, 0, 0, 0)">{TEXT}</p>',
    "dark on dark": f'<p style="background: #222; color: #444">{TEXT}</p>',
    "on a gradient of its own colour": f'<p style="background: linear-gradient(90deg, #fff, #111)">{TEXT}</p>',
    "on noise": f'<p style="background: url({NOISE})">{TEXT}</p>',
    "struck out": f'<p style="text-decoration: line-through">{TEXT}</p>',
    "struck out thickly": f'<p style="text-decoration: line-through 3px">{TEXT}</p>',
    "in a shrunken drawing": f'<svg width="300" height="10" viewBox="0 0 1200 40"><text y="20" font-size="12">{TEXT}'
    "</text></svg>",
    "in a small footnote": f'<p>Note<span style="float: footnote; font-size: 5pt">{TEXT}</span></p>',
    "turned on its side": f'<p style="transform: rotate(90deg)">{TEXT}</p>',
    "turned in a drawing": '<svg width="30" height="320"><text transform="translate(20 310) rotate(-90)" '
    'font-size="13">Values can fall. You may lose money.</text></svg>',
    "in the text of a picture": f'<img alt="{TEXT}" src="{WHITE}">',
    "in a title": f'<p title="{TEXT}">A word</p>',
    "in the page footer": f'<style>@page {{ @bottom-left {{ content: "{TEXT}"; font-size: 9pt }} }}</style>',
    "only the last words pale": f'<p>{TEXT[:-40]}<span style="color: #ddd">{TEXT[-40:]}</span></p>',
    "a good deal of letters in another size": f'<p>{TEXT[:60]}<small style="font-size: 6pt">{TEXT[60:]}</small></p>',
}

FAIR = {
    "plain": f"<p>{TEXT}</p>",
    "light on dark": f'<p style="background: #123; color: #fff">{TEXT}</p>',
    "grey that is dark enough": f'<p style="color: #555">{TEXT}</p>',
    "bold inside": f"<p><b>{TEXT[:24]}</b>{TEXT[24:]}</p>",
    "in capitals": f'<p style="text-transform: uppercase">{TEXT}</p>',
    "hyphenated and justified": f'<p style="width: 42mm; hyphens: auto; text-align: justify">{TEXT}</p>',
    "in two columns": f'<div style="columns: 2">{TEXT}</div>',
    "spaced out": f'<p style="letter-spacing: 1.3pt">{TEXT}</p>',
    "underlined": f'<p style="text-decoration: underline">{TEXT}</p>',
    "in a coloured box": f'<p style="background: #fff3e0; border: 1pt solid #c60; padding: 4pt">{TEXT}</p>',
    "in a drawing at full size": f'<svg width="700" height="34"><text y="12" font-size="12.2">{TEXT[:80]}</text>'
    f'<text y="26" font-size="12.2">{TEXT[80:]}</text></svg>',
}


def answer(desk, edit_of, markup):
    """What GEN-13 says of a sheet that warns in this way and in no other."""
    edit = edit_of({"drop": ["GEN-13"], "before": markup})
    return desk.review(edit, only=("GEN-13",)).findings[0]


@pytest.mark.parametrize("markup", HOSTILE.values(), ids=HOSTILE)
def test_a_warning_nobody_can_read_fails(desk, edit_of, markup):
    finding = answer(desk, edit_of, markup)
    assert finding.outcome == Outcome.FAIL, finding.reason


@pytest.mark.parametrize("markup", FAIR.values(), ids=FAIR)
def test_a_warning_anyone_can_read_passes(desk, edit_of, markup):
    finding = answer(desk, edit_of, markup)
    assert finding.outcome == Outcome.PASS, finding.reason


def test_a_hidden_layer_hides(desk, edit_of, rules):
    """Text on an optional layer that is off is found, and is not seen."""
    from backtest.disclosure.document import read_pdf
    from backtest.disclosure.reading import Reading

    printed = desk.print_page(f"<p>{TEXT}</p>")
    with pikepdf.open(io.BytesIO(printed)) as pdf:
        layer = pdf.make_indirect(pikepdf.Dictionary(Type=pikepdf.Name.OCG, Name="hidden"))
        off = pikepdf.Dictionary(OFF=pikepdf.Array([layer]), ON=pikepdf.Array([]))
        pdf.Root.OCProperties = pikepdf.Dictionary(OCGs=pikepdf.Array([layer]), D=off)
        page = pdf.pages[0]
        page.contents_coalesce()
        page.obj.Resources.Properties = pikepdf.Dictionary(Layer=layer)
        page.obj.Contents.write(b"/OC /Layer BDC\n" + page.obj.Contents.read_bytes() + b"\nEMC")
        out = io.BytesIO()
        pdf.save(out)
    reading = Reading(read_pdf(out.getvalue(), 150))
    for passage in reading.find(TEXT):
        assert reading.document.visibility(passage.indices).visible == 0.0
