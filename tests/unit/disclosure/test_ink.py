"""Ways to draw text in a PDF that no web page can ask for: seen where it can be read, refused where it cannot.

Each page says TEXT in the file. A page that hides it must not pass for one that shows it, and the other way round.
"""

from __future__ import annotations

import pytest
from pikepdf import Array, Dictionary, Name

from backtest.disclosure.document import read_pdf
from backtest.disclosure.reading import Reading

TEXT = "Your capital is at risk."
SAY = f"BT /F 12 Tf 20 200 Td ({TEXT}) Tj ET"
COVER = "10 190 220 30 re f"
WIDE = "0 0 300 300 re f"


def readable(pdf: bytes) -> str:
    """'' when TEXT can be read as a main warning must be; else why not."""
    document = read_pdf(pdf)
    reading = Reading(document)
    found = reading.find(TEXT)
    if not found:
        return "not found"
    indices = found[0].indices
    seen = document.visibility(indices)
    faults = {
        f"{seen.visible:.0%} visible": seen.visible < 0.995,
        f"contrast {seen.contrast:.1f}": seen.contrast < 4.5,
        f"{seen.struck:.0%} struck": seen.struck > 0.3,
        f"{reading.smallest(found[0]):.1f} pt": reading.smallest(found[0]) < 8,
        "turned": sum(not document.characters[i].upright for i in indices) > 2,
    }
    return "; ".join(fault for fault, wrong in faults.items() if wrong)


# What a page may need besides its operators


def form(operators, **more):
    """/X is a form with these operators."""

    def dress(pdf, page):
        made = pdf.make_stream(operators.encode())
        made.update(Dictionary(Type=Name.XObject, Subtype=Name.Form, BBox=[0, 0, 300, 300], **more))
        made.Resources = Dictionary(Font=page.Resources.Font)
        page.Resources.XObject = Dictionary(X=made)

    return dress


def form_with_picture(operators, shade):
    """/X is a form that has a picture of one shade of grey, /P, and draws it under these operators."""

    def dress(pdf, page):
        form(f"q 300 0 0 300 0 0 cm /P Do Q {operators}")(pdf, page)
        picture = pdf.make_stream(bytes([shade]))
        picture.update(Dictionary(Type=Name.XObject, Subtype=Name.Image, Width=1, Height=1, ColorSpace=Name.DeviceGray,
                                  BitsPerComponent=8))  # fmt: skip
        page.Resources.XObject.X.Resources.XObject = Dictionary(P=picture)

    return dress


def nested(operators, depth):
    """/X is a form that draws a form that draws..."""

    def dress(pdf, page):
        inner = None
        for level in range(depth):
            made = pdf.make_stream((operators if level == 0 else "/X Do").encode())
            made.update(Dictionary(Type=Name.XObject, Subtype=Name.Form, BBox=[0, 0, 300, 300]))
            made.Resources = Dictionary(Font=page.Resources.Font)
            if inner is not None:
                made.Resources.XObject = Dictionary(X=inner)
            inner = pdf.make_indirect(made)
        page.Resources.XObject = Dictionary(X=inner)

    return dress


def state(**settings):
    """/G is a graphics state."""

    def dress(pdf, page):
        page.Resources.ExtGState = Dictionary(G=Dictionary(Type=Name.ExtGState, **settings))

    return dress


def soft_mask(grey):
    """/G is a graphics state whose soft mask is one shade of grey: 0 hides, 1 shows."""

    def dress(pdf, page):
        group = pdf.make_stream(f"{grey} g {WIDE}".encode())
        group.update(Dictionary(Type=Name.XObject, Subtype=Name.Form, BBox=[0, 0, 300, 300],
                                Group=Dictionary(S=Name.Transparency, CS=Name.DeviceGray)))  # fmt: skip
        mask = Dictionary(Type=Name.Mask, S=Name.Luminosity, G=group)
        page.Resources.ExtGState = Dictionary(G=Dictionary(Type=Name.ExtGState, SMask=mask))

    return dress


def note(kind, operators=None, box=(10, 190, 230, 220), **more):
    """An annotation over the text, with an appearance of its own or with the viewer's."""

    def dress(pdf, page):
        made = Dictionary(Type=Name.Annot, Subtype=Name(f"/{kind}"), Rect=list(box), F=4, **more)
        if operators is not None:
            look = pdf.make_stream(operators.encode())
            width, height = box[2] - box[0], box[3] - box[1]
            look.update(Dictionary(Type=Name.XObject, Subtype=Name.Form, BBox=[0, 0, width, height]))
            made.AP = Dictionary(N=look)
        page.Annots = Array([pdf.make_indirect(made)])

    return dress


def layer(*, on, usage=None):
    """/L is an optional layer, on or off; usage: what viewers and printers are told, if not the same."""

    def dress(pdf, page):
        group = Dictionary(Type=Name.OCG, Name="layer")
        if usage is not None:
            group.Usage = Dictionary({f"/{k}": Dictionary({f"/{k}State": Name(f"/{v}")}) for k, v in usage.items()})
        group = pdf.make_indirect(group)
        default = Dictionary(ON=[group] if on else [], OFF=[] if on else [group])
        if usage is not None:
            default.AS = [
                Dictionary(Event=Name(f"/{kind}"), OCGs=[group], Category=[Name(f"/{kind}")])
                for kind in ("View", "Print")
            ]
        pdf.Root.OCProperties = Dictionary(OCGs=[group], D=default)
        page.Resources.Properties = Dictionary(L=group)

    return dress


def picture(grey):
    """/P is a picture of one grey."""

    def dress(pdf, page):
        made = pdf.make_stream(bytes([grey]))
        made.update(Dictionary(Type=Name.XObject, Subtype=Name.Image, Width=1, Height=1, BitsPerComponent=8,
                               ColorSpace=Name.DeviceGray))  # fmt: skip
        page.Resources.XObject = Dictionary(P=made)

    return dress


def type3(drawing, letters=TEXT):
    """/T is a font whose letters are all drawn by the same operators, in thousandths of the size."""

    def dress(pdf, page):
        codes = sorted(set(letters.encode()))
        pairs = "".join(f"<{c:02x}> <{c:04x}>\n" for c in codes)
        table = f"1 begincodespacerange <00> <ff> endcodespacerange {len(codes)} beginbfchar\n{pairs}endbfchar"
        page.Resources.Font.T = pdf.make_indirect(
            Dictionary(
                Type=Name.Font, Subtype=Name.Type3, FontBBox=[0, 0, 1000, 1000], FontMatrix=[0.001, 0, 0, 0.001, 0, 0],
                FirstChar=32, LastChar=126, Widths=[500] * 95, Resources=Dictionary(),
                CharProcs=Dictionary(a=pdf.make_stream(drawing.encode())),
                Encoding=Dictionary(Differences=[x for c in codes for x in (c, Name.a)]),
                ToUnicode=pdf.make_stream(table.encode()),
            )
        )  # fmt: skip

    return dress


def pattern(operators):
    """/P is a tiling pattern of one tile."""

    def dress(pdf, page):
        made = pdf.make_stream(operators.encode())
        made.update(Dictionary(Type=Name.Pattern, PatternType=1, PaintType=1, TilingType=1, BBox=[0, 0, 300, 300],
                               XStep=300, YStep=300, Resources=Dictionary()))  # fmt: skip
        page.Resources.Pattern = Dictionary(P=made)

    return dress


def shading(start, end):
    """/P is a pattern, and /S a shading, from one grey at the left to another at the right."""

    def dress(pdf, page):
        function = Dictionary(FunctionType=2, Domain=[0, 1], C0=[start], C1=[end], N=1)
        made = Dictionary(ShadingType=2, ColorSpace=Name.DeviceGray, Coords=[0, 0, 300, 0], Function=function,
                          Extend=[True, True])  # fmt: skip
        page.Resources.Pattern = Dictionary(P=Dictionary(Type=Name.Pattern, PatternType=2, Shading=made))
        page.Resources.Shading = Dictionary(S=made)

    return dress


def ink(name):
    """/C is a colour of its own: an ink that may be no ink at all."""

    def dress(pdf, page):
        tint = Dictionary(FunctionType=2, Domain=[0, 1], C0=[1], C1=[0], N=1)
        page.Resources.ColorSpace = Dictionary(C=Array([Name.Separation, Name(f"/{name}"), Name.DeviceGray, tint]))

    return dress


def boxed(**boxes):
    """The page's own boxes, rotation and unit."""

    def dress(pdf, page):
        for name, value in boxes.items():
            page[f"/{name}"] = value

    return dress


BLOCK = "1000 0 0 0 1000 1000 d1 100 0 300 700 re f"
SCRAMBLED = " ".join(f"1 0 0 1 {20 + 97 * k % 251} {30 + 61 * k % 223} Tm ({c}) Tj" for k, c in enumerate(TEXT))
BACKWARDS = " ".join(f"1 0 0 1 {260 - 9 * k} 200 Tm ({c}) Tj" for k, c in enumerate(TEXT))
INLINE = "q 220 0 0 30 10 190 cm BI /W 1 /H 1 /BPC 8 /CS /G ID \xff EI Q"

HOSTILE = {
    "invisible by its rendering mode": ("BT 3 Tr /F 12 Tf 20 200 Td ({}) Tj ET", None),
    "a clip that nothing is painted through": ("q BT 7 Tr /F 12 Tf 20 200 Td ({}) Tj ET Q", None),
    "a clip that white is painted through": ("q BT 7 Tr /F 12 Tf 20 200 Td ({}) Tj ET 1 g 0 0 300 300 re f Q", None),
    "outlined in white": ("BT 1 Tr 1 G /F 12 Tf 20 200 Td ({}) Tj ET", None),
    "outlined so broadly that it is a blot": ("BT 2 Tr 14 w /F 12 Tf 20 200 Td ({}) Tj ET", None),
    "white in a form": ("/X Do", form(f"1 g {SAY}")),
    "covered in a form": ("/X Do", form(f"{SAY} 1 g {COVER}")),
    "a form, covered": (f"/X Do 1 g {COVER}", form(SAY)),
    "shrunk by its form": ("/X Do", form(SAY, Matrix=[0.4, 0, 0, 0.4, 0, 0])),
    "cut to its middle by a form": ("/X Do", lambda pdf, page: (form(SAY)(pdf, page),
                                    page.Resources.XObject.X.update({"/BBox": Array([0, 203, 300, 206])}))),
    "pale, five forms deep": ("/X Do", nested(f"0.9 g {SAY}", 5)),
    "transparent by its state": (f"/G gs {SAY}", state(ca=0)),
    "nearly transparent by its state": (f"/G gs {SAY}", state(ca=0.1)),
    "masked away": (f"/G gs {SAY}", soft_mask(0)),
    "masked to a shade": (f"/G gs {SAY}", soft_mask(0.1)),
    "blended away": (f"0 g {WIDE} /G gs 1 g {SAY}", state(BM=Name.Multiply)),
    "a form faded as a group": ("/G gs /X Do", lambda pdf, page: (state(ca=0.05)(pdf, page), form(SAY, Group=Dictionary(
        S=Name.Transparency, I=True))(pdf, page))),
    "under a picture in the stream": (f"{SAY} {INLINE}", None),
    "under a picture": (f"{SAY} q 220 0 0 30 10 190 cm /P Do Q", picture(255)),
    "on a picture of its own shade": (f"q 300 0 0 300 0 0 cm /P Do Q 0.5 g {SAY}", picture(128)),
    "under a note with a look of its own": (SAY, note("Square", "1 g 0 0 220 30 re f")),
    "under a square as the viewer draws it": (SAY, note("Square", IC=[1, 1, 1], C=[1, 1, 1])),
    "under a marker that does not shine through": (SAY, note("Highlight", "0 g 0 0 220 30 re f")),
    "under a redaction": (SAY, note("Redact", "0 g 0 0 220 30 re f")),
    "under a field": (SAY, lambda pdf, page: (note("Widget", "1 g 0 0 220 30 re f", FT=Name.Tx, T="field")(pdf, page),
                                              pdf.Root.update({"/AcroForm": Dictionary(Fields=page.Annots)}))),
    "under a stamp": (SAY, note("Stamp", "1 0 0 rg 0 0 220 30 re f")),
    "under a note that only paper shows": (SAY, lambda pdf, page: (
        note("Square", "1 g 0 0 220 30 re f")(pdf, page), page.Annots[0].update({"/F": 4 | 32}))),
    "struck out by a note": (SAY, note("StrikeOut", "0 g 0 9 220 2 re f")),
    "on a layer that is off": (f"/OC /L BDC {SAY} EMC", layer(on=False)),
    "on a layer that paper does not show": (
        f"/OC /L BDC {SAY} EMC", layer(on=True, usage={"View": "ON", "Print": "OFF"})),
    "in a form on a layer that is off": ("/X Do", lambda pdf, page: (layer(on=False)(pdf, page), form(
        SAY, OC=page.Resources.Properties.L)(pdf, page))),
    "under a layer that is on": (f"{SAY} /OC /L BDC 1 g {COVER} EMC", layer(on=True)),
    "letters that draw nothing": ("BT /T 12 Tf 20 200 Td ({}) Tj ET", type3("500 0 0 0 500 700 d1")),
    "letters that draw in white": ("BT /T 12 Tf 20 200 Td ({}) Tj ET", type3("500 0 d0 1 g 100 0 300 700 re f")),
    "covered by a letter as large as the page": (
        f"{SAY} BT /T 300 Tf 0 0 Td (x) Tj ET", type3("1000 0 d0 0 g 0 0 1000 1000 re f", "x")),
    "covered by a white letter": (
        f"{SAY} BT /T 300 Tf 0 0 Td (x) Tj ET", type3("1000 0 d0 1 g 0 0 1000 1000 re f", "x")),
    "under other words": (f"{SAY} BT /F 12 Tf 21 200 Td (Nothing here is at risk:) Tj ET", None),
    "struck out by dashes": (f"{SAY} BT /F 12 Tf 20 200 Td (------------------------------) Tj ET", None),
    "all letters on one spot": ("BT /F 12 Tf -6.2 Tc 100 200 Td ({}) Tj ET", None),
    "letters strewn over the page": (f"BT /F 12 Tf {SCRAMBLED} ET", None),
    "letters from right to left": (f"BT /F 12 Tf {BACKWARDS} ET", None),
    "squeezed": ("BT /F 12 Tf 20 Tz 20 200 Td ({}) Tj ET", None),
    "small by its matrix": ("BT /F 12 Tf 0.3 0 0 0.3 20 200 Tm ({}) Tj ET", None),
    "small by the page's matrix": (f"q 0.3 0 0 0.3 0 0 cm {SAY} Q", None),
    "small by the page's unit": (SAY, boxed(UserUnit=0.25)),
    "mirrored": ("q -1 0 0 1 300 0 cm BT /F 12 Tf 20 200 Td ({}) Tj ET Q", None),
    "upside down": ("q -1 0 0 -1 300 300 cm BT /F 12 Tf 20 200 Td ({}) Tj ET Q", None),
    "on a page that is turned": (SAY, boxed(Rotate=90)),
    "on a page upside down": (SAY, boxed(Rotate=180)),
    "on a page turned the other way": (SAY, boxed(Rotate=270)),
    "outside the part that is shown": (SAY, boxed(CropBox=[0, 0, 300, 150])),
    "cut by the part that is shown": (SAY, boxed(CropBox=[0, 0, 300, 203])),
    "outside the paper after trimming": (SAY, boxed(TrimBox=[0, 0, 300, 150])),
    "clipped to a line": (f"q 0 203 300 2 re W n {SAY} Q", None),
    "clipped away": (f"q 0 0 1 1 re W n {SAY} Q", None),
    "filled with a white pattern": (f"/Pattern cs /P scn {SAY}", pattern("1 g 0 0 300 300 re f")),
    "filled with a pale shading": (f"/Pattern cs /P scn {SAY}", shading(0.8, 1)),
    "on a shading that comes near its shade": (f"/S sh 0.5 g {SAY}", shading(0.3, 0.7)),
    "in an ink that is none": (f"/C cs 1 scn {SAY}", ink("None")),
    "covered in a state that prints over": (f"{SAY} /G gs 1 g {COVER}", state(OP=True, op=True, OPM=1)),
    "white on white": (f"1 g {SAY}", None),
    "black on black": (f"0 g {COVER} {SAY}", None),
}  # fmt: skip

FAIR = {
    "plain": (SAY, None),
    "in a form": ("/X Do", form(SAY)),
    "five forms deep": ("/X Do", nested(SAY, 5)),
    "white on a dark picture, both in a form": ("/X Do", form_with_picture(f"1 g {SAY}", 60)),
    "in a form that is a group": ("/X Do", form(SAY, Group=Dictionary(S=Name.Transparency, I=True, K=True))),
    "filled and outlined": ("BT 2 Tr 0.3 w /F 12 Tf 20 200 Td ({}) Tj ET", None),
    "painted through its own clip": ("q BT 7 Tr /F 12 Tf 20 200 Td ({}) Tj ET 0 0 0.6 rg 0 0 300 300 re f Q", None),
    "filled with a dark pattern": (f"/Pattern cs /P scn {SAY}", pattern("0 0 0.5 rg 0 0 300 300 re f")),
    "filled with a dark shading": (f"/Pattern cs /P scn {SAY}", shading(0, 0.2)),
    "white on a picture": (f"q 300 0 0 300 0 0 cm /P Do Q 1 g {SAY}", picture(20)),
    "over a picture in the stream": (f"{INLINE} {SAY}", None),
    "over a layer that is on": (f"/OC /L BDC 0.9 g {COVER} EMC 0 g {SAY}", layer(on=True)),
    "on a layer that is on": (f"/OC /L BDC {SAY} EMC", layer(on=True)),
    "under a layer that is off": (f"{SAY} /OC /L BDC 1 g {COVER} EMC", layer(on=False)),
    "under a marker that shines through": (
        SAY, note("Highlight", C=[1, 1, 0], QuadPoints=[10, 220, 230, 220, 10, 190, 230, 190])),
    "framed by a note": (SAY, note("Square", "0 0 1 RG 2 w 1 1 218 28 re S")),
    "with a link": (SAY, note("Link")),
    "masked to show": (f"/G gs {SAY}", soft_mask(1)),
    "on a page turned, the text turned back": ("BT /F 12 Tf 0 1 -1 0 100 20 Tm ({}) Tj ET", boxed(Rotate=90)),
    "on a page upside down, the text turned back": ("BT /F 12 Tf -1 0 0 -1 280 100 Tm ({}) Tj ET", boxed(Rotate=180)),
    "on a page turned the other way": ("BT /F 12 Tf 0 -1 1 0 100 280 Tm ({}) Tj ET", boxed(Rotate=270)),
    "small, on a page with a large unit": ("BT /F 3 Tf 20 200 Td ({}) Tj ET", boxed(UserUnit=4)),
    "large, scaled down to size": ("BT /F 1200 Tf 0.01 0 0 0.01 20 200 Tm ({}) Tj ET", None),
    "in the part that is shown": (SAY, boxed(CropBox=[10, 150, 290, 250])),
    "over a pale watermark": (f"BT 0.92 g /F 90 Tf 10 170 Td (DRAFT) Tj ET 0 g {SAY}", None),
    "under a thin watermark": (f"{SAY} /G gs BT 0.5 g /F 90 Tf 10 170 Td (DRAFT) Tj ET", state(ca=0.1)),
    "with a shadow": (f"0.8 g BT /F 12 Tf 20.8 199.2 Td ({TEXT}) Tj ET 0 g {SAY}", None),
    "spread by hand": ("BT /F 12 Tf 1.5 Tc 20 200 Td ({}) Tj ET", None),
    "underlined": (f"{SAY} 20 197.5 132 0.6 re f", None),
    "in an ink of its own": (f"/C cs 1 scn {SAY}", ink("Corporate")),
    "black, printed over a tint": (f"/G gs 0.9 g {COVER} 0 g {SAY}", state(OP=True, op=True, OPM=1)),
}  # fmt: skip


def page_of(draw, operators, dress):
    return draw(operators.replace("({})", f"({TEXT})"), dress)


@pytest.mark.parametrize(("operators", "dress"), HOSTILE.values(), ids=HOSTILE)
def test_text_that_cannot_be_read_is_refused(draw, operators, dress):
    assert readable(page_of(draw, operators, dress)) != ""


@pytest.mark.parametrize(("operators", "dress"), FAIR.values(), ids=FAIR)
def test_text_that_can_be_read_passes(draw, operators, dress):
    assert readable(page_of(draw, operators, dress)) == ""


def test_cells_of_one_sign_are_seen(draw):
    """A scale of risk, a dash for what there is none of: alone on the page, and no letters strewn."""
    signs = " ".join(f"1 0 0 1 {20 + 60 * (k % 4)} {200 - 30 * (k // 4)} Tm ({c}) Tj" for k, c in enumerate("1234-56A"))
    document = read_pdf(draw(f"BT /F 12 Tf {signs} ET"))
    assert document.visibility(range(len(document.characters))).visible == 1.0
