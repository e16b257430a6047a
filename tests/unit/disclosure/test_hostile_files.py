"""PDFs made to hang, crash, fill the memory or act: each is read, or refused in one sentence, and nothing is run."""

from __future__ import annotations

import io
import os
import random
import re
import subprocess
import sys
import time
import zlib
from datetime import date
from functools import cache
from pathlib import Path

import pikepdf
import pytest
from pikepdf import Array, Dictionary, Name
from typer.testing import CliRunner

from backtest.cli import app
from backtest.disclosure.document import ProcessLimits, read_pdf, run_limited
from backtest.errors import DocumentError
from backtest.reviewing import ReviewRequest, review_and_report

READ_ALL = Path(__file__).with_name("read_all.py")
SECONDS = 40
SAY = "BT /F 12 Tf 20 200 Td (Your capital is at risk.) Tj ET"


def read_all(folder: Path, seconds: int = SECONDS) -> dict[str, tuple[str, str]]:
    """File name -> (outcome, message); a file whose reading ended the process is 'begun'."""
    done = subprocess.run(
        [sys.executable, str(READ_ALL), str(folder), str(seconds)], capture_output=True, text=True, check=False
    )
    lines = [line.split("\t") for line in done.stdout.splitlines()]
    found = {name: (outcome, said) for name, outcome, said, *_ in lines}
    assert done.returncode == 0, (done.returncode, lines[-1:], done.stderr[-2000:])
    return found


# What is in the files


def saved(pdf: pikepdf.Pdf, **options) -> bytes:
    out = io.BytesIO()
    pdf.save(out, static_id=True, **options)
    return out.getvalue()


def written(*objects: str | bytes, root: int = 1, size: int | None = None) -> bytes:
    """A PDF written by hand: objects 1, 2, 3..., with a table of where they are."""
    out, places = b"%PDF-1.7\n", []
    for number, body in enumerate(objects, 1):
        places.append(len(out))
        out += f"{number} 0 obj\n".encode() + (body if isinstance(body, bytes) else body.encode()) + b"\nendobj\n"
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    end = f"trailer\n<< /Root {root} 0 R /Size {size or len(objects) + 1} >>\nstartxref\n{len(out)}\n%%EOF\n"
    return out + f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n".encode() + table + end.encode()


def stream(body: bytes, extra: str = "") -> bytes:
    return f"<< /Length {len(body)} {extra} >>\nstream\n".encode() + body + b"\nendstream"


def page(contents: bytes, resources: str = "", box: str = "0 0 300 300", more: str = "") -> bytes:
    """One page that is object 3, its contents object 4, and more objects from 5 on."""
    rest = [part.encode("latin-1") for part in more.split("|||")] if more else []
    return written(
        "<< /Type /Catalog /Pages 2 0 R >>", "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        f"<< /Type /Page /Parent 2 0 R /MediaBox [{box}] /Contents 4 0 R /Resources << {resources} >> >>",
        contents, *rest,
    )  # fmt: skip


@cache
def spaces() -> bytes:
    """A gigabyte and more of spaces, deflated."""
    packer, million = zlib.compressobj(9), b" " * 1_000_000
    return b"".join([*(packer.compress(million) for _ in range(1100)), packer.flush()])


def bomb(layers: int) -> bytes:
    data = spaces()
    for _ in range(layers - 1):
        data = zlib.compress(data, 9)
    filters = " ".join(["/FlateDecode"] * layers)
    return stream(data, f"/Filter [{filters}]")


def laughs(levels: int, times: int) -> bytes:
    """Forms that draw the next form ten times, and so on."""
    forms = []
    for level in range(levels):
        inner = f"/Resources << /XObject << /X {6 + level} 0 R >> >>" if level < levels - 1 else "/Resources << >>"
        body = b"/X Do " * times if level < levels - 1 else b"0 0 1 1 re f"
        forms.append(stream(body, f"/Type /XObject /Subtype /Form /BBox [0 0 300 300] {inner}").decode("latin-1"))
    return page(stream(b"/X Do"), "/XObject << /X 5 0 R >>", more="|||".join(forms))


def deep_page_tree(levels: int) -> bytes:
    nodes = [f"<< /Type /Pages /Kids [{number + 1} 0 R] /Count 1 >>" for number in range(2, 2 + levels)]
    leaf = "<< /Type /Page /MediaBox [0 0 300 300] >>"
    return written("<< /Type /Catalog /Pages 2 0 R >>", *nodes, leaf)


def many_fonts(count: int) -> bytes:
    names = " ".join(f"/F{k} {5 + k} 0 R" for k in range(count))
    say = " ".join(f"/F{k} 9 Tf (word) Tj" for k in range(count))
    fonts = [f"<< /Type /Font /Subtype /Type1 /BaseFont /Font{k} /ToUnicode 4 0 R >>" for k in range(count)]
    return page(stream(f"BT {say} ET".encode()), f"/Font << {names} >>", more="|||".join(fonts))


def acting(draw) -> bytes:
    """Scripts, launches, films and files, each in its usual place."""

    def dress(pdf, its_page):
        script = Dictionary(Type=Name.Action, S=Name.JavaScript, JS="app.alert('opened')")
        launch = Dictionary(S=Name.Launch, F="calc.exe", Win=Dictionary(F="calc.exe"))
        pdf.Root.OpenAction = script
        pdf.Root.AA = Dictionary(WC=launch)
        pdf.Root.Names = Dictionary(JavaScript=Dictionary(Names=Array(["all", script])))
        its_page.AA = Dictionary(O=Dictionary(S=Name.SubmitForm, F="http://example.com/take"))
        its_page.Annots = Array([Dictionary(Type=Name.Annot, Subtype=Name.RichMedia, Rect=[0, 0, 9, 9])])
        pdf.attachments["payload.exe"] = b"MZ"

    return draw(SAY, dress)


def nested_arrays(depth: int) -> bytes:
    return page(stream(b"[" * depth + b"]" * depth + b" TJ"), more=f"<< /X {'[' * depth}{']' * depth} >>")


def looping_forms() -> bytes:
    form = "/Type /XObject /Subtype /Form /BBox [0 0 300 300] /Resources << /XObject << /X 6 0 R /Y 5 0 R >> >>"
    forms = [stream(b"/X Do /Y Do", form).decode(), stream(b"/Y Do /X Do", form).decode()]
    return page(stream(b"/X Do"), "/XObject << /X 5 0 R >>", more="|||".join(forms))


def looping_letters() -> bytes:
    """A Type 3 font whose letter says itself, and a pattern that fills itself."""
    font = ("<< /Type /Font /Subtype /Type3 /FontBBox [0 0 1000 1000] /FontMatrix [0.001 0 0 0.001 0 0] /FirstChar 65 "
            "/LastChar 65 /Widths [500] /CharProcs << /a 6 0 R >> /Encoding << /Differences [65 /a] >> "
            "/Resources << /Font << /F 5 0 R >> /Pattern << /P 7 0 R >> >> >>")  # fmt: skip
    letter = stream(b"500 0 d0 BT /F 900 Tf (AA) Tj ET /Pattern cs /P scn 0 0 500 500 re f").decode()
    tile = (
        "/Type /Pattern /PatternType 1 /PaintType 1 /TilingType 1 /BBox [0 0 9 9] /XStep 9 /YStep 9 "
        "/Resources << /Pattern << /P 7 0 R >> >>"
    )
    pattern = stream(b"/Pattern cs /P scn 0 0 9 9 re f", tile).decode()
    more = f"{font}|||{letter}|||{pattern}"
    return page(stream(b"BT /F 30 Tf 20 200 Td (AAAA) Tj ET"), "/Font << /F 5 0 R >>", more=more)


def looping_table() -> bytes:
    plain = page(stream(SAY.encode()))
    at = plain.rindex(b"startxref")
    place = int(plain[at:].split()[1])
    return plain.replace(b"/Size", f"/Prev {place} /Size".encode())


def packed_objects() -> bytes:
    """A stream of objects that grows to a gigabyte, in which the page tree is said to be."""
    data = bomb(2)
    head = data.replace(b"<< ", b"<< /Type /ObjStm /N 2 /First 10 ", 1)
    return written("<< /Type /Catalog /Pages 2 0 R /Extra 3 0 R >>", "<< /Type /Pages /Kids [] /Count 1 >>", head)


def attached(draw) -> bytes:
    def dress(pdf, its_page):
        pdf.attachments["facts.json"] = b" "
        spec = next(o for o in pdf.objects if isinstance(o, pikepdf.Stream) and o.get("/Type") == "/EmbeddedFile")
        packed = zlib.compress(zlib.compress(b" " * 300_000_000, 9), 9)
        spec.write(packed, filter=Array([Name.FlateDecode, Name.FlateDecode]))

    return draw(SAY, dress)


def files(draw) -> dict[str, bytes]:
    whole = draw(SAY)
    return {
        "cut off": whole[: len(whole) // 2],
        "without its table": whole[: whole.rindex(b"xref")],
        "a page tree that loops": written(
            "<< /Type /Catalog /Pages 2 0 R >>", "<< /Type /Pages /Kids [2 0 R 3 0 R] /Count 9 >>",
            "<< /Type /Pages /Parent 2 0 R /Kids [2 0 R] /Count 3 >>"),
        "more pages said than there are": written(
            "<< /Type /Catalog /Pages 2 0 R >>", "<< /Type /Pages /Kids [3 0 R] /Count 2147483647 >>",
            "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 300 300] >>"),
        "a deep page tree": deep_page_tree(3000),
        "a page without end": page(stream(SAY.encode()), box="0 0 1000000000 1000000000"),
        "a page of no size": page(stream(SAY.encode()), box="0 0 0 0"),
        "a page of no numbers": page(
            stream(b"BT /F nan Tf 1e400 0 0 -1e400 1e308 1e308 Tm (words) Tj ET"), box="a b c d"),
        "a bomb": page(bomb(1)),
        "a bomb in a bomb": page(bomb(2)),
        "objects in a bomb": packed_objects(),
        "a file in a bomb": attached(draw),
        "a picture without end": page(
            stream(b"/P Do"), "/XObject << /P 5 0 R >>", more=stream(
                b"\0", "/Type /XObject /Subtype /Image /Width 2000000 /Height 2000000 /BitsPerComponent 8 "
                "/ColorSpace /DeviceGray").decode()),
        "ten thousand fonts": many_fonts(10_000),
        "forms in forms without end": laughs(12, 10),
        "forms in forms, deep": laughs(3000, 1),
        "forms that draw each other": looping_forms(),
        "letters that draw themselves": looping_letters(),
        "a table that loops": looping_table(),
        "lists in lists": nested_arrays(100_000),
        "scripts and launches": acting(draw),
        "ten thousand saved states": page(stream(b"q " * 100_000 + SAY.encode())),
        "sixty thousand lines": page(stream(b"0 0 m 300 300 l S\n" * 60_000)),
        "an unknown lock": whole.replace(b"trailer <<", b"trailer << /Encrypt << /Filter /Other /V 9 >>"),
        "no catalog": whole.replace(b"/Root", b"/Toor"),
    }  # fmt: skip


READ = {"a table that loops", "scripts and launches", "ten thousand saved states"}
"""Files whose words can be read all the same."""


@pytest.fixture(scope="module")
def hostile(draw, tmp_path_factory):
    folder = tmp_path_factory.mktemp("hostile")
    for name, data in files(draw).items():
        (folder / f"{name}.pdf").write_bytes(data)
    return folder


def test_a_hostile_pdf_is_read_or_refused_in_one_sentence(hostile):
    """In one process, in bounded time and memory: none hangs, none breaks the process, none raises anything else."""
    found = read_all(hostile)
    assert len(found) == len(list(hostile.glob("*.pdf"))) >= 25
    for name, (outcome, said) in found.items():
        assert outcome in ("read", "refused"), name
        assert outcome == "read" or re.fullmatch(r"[^:]*\.pdf(, page 1)?: [^\n]{10,260}\.", said), (name, said)
    assert {name for name in READ if found[f"{name}.pdf"][0] != "read"} == set()


def test_what_takes_too_long_is_stopped_and_said_in_one_sentence(tmp_path):
    """Lines across the page, one by one: nothing in it is wrong, but for how many there are."""
    path = tmp_path / "lines.pdf"
    path.write_bytes(page(stream(b"0 0 m 300 300 l S\n" * 500_000)))
    limits = ProcessLimits(wall_seconds=240, processor_seconds=5)
    with pytest.raises(DocumentError, match=r"lines\.pdf: reading it took more than is allowed \(240 s in all, 5 s of"):
        review_and_report(ReviewRequest(path, date(2026, 11, 23)), limits=limits)


@pytest.mark.parametrize(
    ("what", "given", "limits"),
    [
        (time.sleep, (60,), {"wall_seconds": 3}),
        (sum, (range(10**12),), {"processor_seconds": 3}),
        (bytearray, (10**12,), {}),
        (os.abort, (), {}),
    ],
    ids=["waits", "counts", "eats", "breaks"],
)
def test_a_process_that_does_not_end_well_ends_in_one_sentence(what, given, limits):
    with pytest.raises(
        DocumentError, match=r"^it\.pdf: reading it took more than is allowed \(.*\) or broke the reader"
    ):
        run_limited(what, *given, name="it.pdf", limits=ProcessLimits(**limits))


def test_a_fault_of_ours_is_not_blamed_on_the_pdf():
    with pytest.raises(RuntimeError, match=r"(?s)it\.pdf: a fault of ours while it was read:.*invalid literal for int"):
        run_limited(int, "seven", name="it.pdf")


def test_what_the_process_returns_comes_back():
    assert run_limited(sum, [1, 2, 3], name="it.pdf") == 6


@pytest.mark.parametrize("name", ["cut off", "a bomb in a bomb", "forms in forms without end"])
def test_the_command_refuses_a_hostile_pdf_with_exit_code_2(hostile, name):
    done = CliRunner().invoke(app, ["review", str(hostile / f"{name}.pdf"), "--as-of", "2026-11-23"])
    assert done.exit_code == 2 or isinstance(done.exception, DocumentError)
    assert "Traceback" not in done.output


def test_what_a_pdf_would_do_is_told_and_not_done(hostile):
    document = read_pdf(hostile / "scripts and launches.pdf")
    found = [(active.kind, active.said) for active in document.active_content]
    assert ("JavaScript", "app.alert('opened')") in found
    assert ("launch of a program or file", "calc.exe") in found
    assert ("form that sends itself", "http://example.com/take") in found
    assert ("film or sound", "") in found
    assert ("attached file", "payload.exe") in found
    assert document.attachments == {"payload.exe": b"MZ"}


def test_a_plain_pdf_would_do_nothing(draw):
    assert read_pdf(draw(SAY)).active_content == ()


# Chance

ROUNDS = 240


def mutated(whole: bytes, chance: random.Random) -> bytes:
    """Some bytes changed, cut out, doubled, or a name or number put in the place of another."""
    data = bytearray(whole)
    for _ in range(chance.choice((1, 1, 2, 4, 16))):
        at, size = chance.randrange(len(data)), chance.choice((1, 1, 2, 8, 64, 512))
        kind = chance.randrange(6)
        if kind == 0:
            data[at : at + size] = chance.randbytes(size)
        elif kind == 1:
            del data[at : at + size]
        elif kind == 2:
            data[at:at] = data[at : at + size]
        elif kind == 3:
            data[at] ^= 1 << chance.randrange(8)
        else:
            words = list(re.finditer(rb"\d+|/[A-Za-z]+|<<|>>|\[|\]|\bR\b|true|null", bytes(data)))
            one, other = chance.choice(words), chance.choice(words)
            data[one.start() : one.end()] = other.group()
        if not data:
            return whole
    return bytes(data)


def rearranged(whole: bytes, chance: random.Random) -> bytes:
    """A whole file whose objects are in each other's places: every key may hold anything."""
    with pikepdf.open(io.BytesIO(whole)) as pdf:
        holders = [o for o in pdf.objects if isinstance(o, (pikepdf.Dictionary, pikepdf.Stream))]
        values = [v for o in holders for _, v in o.items()] + [
            0,
            -1,
            10**9,
            1.5,
            "text",
            Name.Page,
            Array([]),
            None,
            True,
        ]
        for _ in range(chance.choice((1, 2, 4))):
            holder = chance.choice(holders)
            keys = [k for k in holder.keys() if k not in ("/Length", "/Filter", "/DecodeParms")]  # noqa: SIM118
            if keys:
                value = chance.choice(values)
                name = chance.choice(keys)
                if value is None:
                    del holder[name]
                else:
                    holder[name] = value
        try:
            return saved(pdf, object_stream_mode=chance.choice(list(pikepdf.ObjectStreamMode)))
        except (pikepdf.PdfError, ValueError, TypeError, RuntimeError):
            return whole  # not even the writer can make a file of it


def test_a_file_changed_by_chance_is_read_or_refused(draw, printed, tmp_path):
    """Hundreds of broken files from three whole ones, in one process: the same on each run, for the seeds are."""
    chance = random.Random(20261126)
    pdf_of_html = printed('<h1>A title</h1><p style="opacity: 0.8">Some words of text.</p><table><tr><td>1.5%</table>')
    grounds = [draw(SAY), pdf_of_html, acting(draw)]
    for number in range(ROUNDS):
        change = chance.choice((mutated, mutated, rearranged))
        (tmp_path / f"{number:04}.pdf").write_bytes(change(chance.choice(grounds), chance))
    found = read_all(tmp_path, 20)
    outcomes = [outcome for outcome, _ in found.values()]
    assert len(outcomes) == ROUNDS
    assert set(outcomes) == {"read", "refused"}
    assert outcomes.count("read") > ROUNDS // 5 < outcomes.count("refused") * 5
