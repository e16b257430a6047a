"""The report as a page and as a PDF: pictures with the evidence boxed, a stranger's words as data, the same bytes."""

from __future__ import annotations

import html as html_text
import io
import itertools
import math
import os
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import page as validator
import pikepdf
import pypdfium2
import pytest
from PIL import Image

from backtest.disclosure import report
from backtest.disclosure.document import page_picture, read_pdf
from backtest.disclosure.finding import Evidence, Outcome
from backtest.disclosure.gate import GateDecision
from backtest.disclosure.report import pictures
from backtest.disclosure.report.pdf import FOREIGN, printable
from backtest.disclosure.report.pictures import page_pictures

ROOT = Path(__file__).parents[4]


def numbered(review):
    shown = [f for f in review.findings if f.outcome != Outcome.NOT_APPLICABLE]
    return {finding.rule_id: number for number, finding in enumerate(shown, 1)}


def tags(page):
    return re.sub(r"<style>.*?</style>", "", page, flags=re.DOTALL)


@pytest.fixture(scope="module")
def page(reviewed, stranger):
    return report.to_html(reviewed, stranger)


@pytest.fixture(scope="module")
def paper(reviewed, stranger):
    return report.to_pdf(reviewed, stranger)


def test_a_picture_shows_the_page(stranger):
    png = page_picture(stranger, 1, 72)
    image = Image.open(io.BytesIO(png))
    assert image.size == (math.ceil(stranger.pages[0].width), math.ceil(stranger.pages[0].height))
    assert len(set(image.convert("L").tobytes())) > 10  # there is ink on it
    assert page_picture(stranger, 1, 72) == png


def test_a_huge_page_comes_in_few_dots():
    pdf = pikepdf.new()
    pdf.add_blank_page(page_size=(14000, 14000))
    out = io.BytesIO()
    pdf.save(out)
    image = Image.open(io.BytesIO(page_picture(read_pdf(out.getvalue(), 20), 1)))
    assert image.width * image.height <= 2_600_000


def test_each_piece_of_evidence_is_boxed_and_numbered(reviewed, stranger):
    numbers = numbered(reviewed)
    [picture] = page_pictures(reviewed, stranger, numbers).pages
    wanted = {(f.rule_id, numbers[f.rule_id]) for f in reviewed.findings for e in f.evidence}
    assert {(rule, number) for mark in picture.marks for number, rule, _ in mark.findings} == wanted
    assert {(chip.rule_id, chip.number) for chip in picture.chips} == wanted
    assert picture.unplaced == 0


def test_numbers_stand_apart_from_one_another_and_from_the_page(reviewed, stranger):
    [picture] = page_pictures(reviewed, stranger, numbered(reviewed)).pages
    for side in (True, False):
        tops = sorted(chip.top for chip in picture.chips if (chip.left < picture.width / 2) == side)
        assert all(b - a >= picture.chip - 1e-9 for a, b in itertools.pairwise(tops))
        assert all(0 <= top <= picture.height - picture.chip + 1e-9 for top in tops)
    inner = picture.gutter, picture.width - picture.gutter
    assert all(c.left < inner[0] * 0.7 or c.left >= inner[1] for c in picture.chips)


def crowded(reviewed, count, outcome=Outcome.PASS):
    """A review of `count` findings, all resting on one line of page 1."""
    one = replace(reviewed.findings[0], outcome=outcome, evidence=(Evidence(1, (50.0, 60.0, 90.0, 70.0), "x"),))
    findings = [replace(one, rule_id=f"AA-{n // 100 + 1}{n % 100:02}"[:6]) for n in range(count)]
    return replace(reviewed, findings=tuple({f.rule_id: f for f in findings}.values()))


def test_boxes_as_good_as_equal_are_one_with_the_worst_colour(reviewed, stranger):
    two = crowded(reviewed, 2)
    worse = replace(two.findings[1], outcome=Outcome.FAIL, evidence=(Evidence(1, (51.0, 61.0, 91.0, 69.0), "y"),))
    both = replace(two, findings=(two.findings[0], worse))
    [picture] = page_pictures(both, stranger, {f.rule_id: n for n, f in enumerate(both.findings, 1)}).pages
    assert len(picture.marks) == 1
    assert picture.marks[0].outcome == Outcome.FAIL
    assert len(picture.chips) == 2


def test_when_the_margins_are_full_what_passed_goes_first(reviewed, stranger):
    many = crowded(reviewed, 300)
    fails = replace(many.findings[-1], outcome=Outcome.FAIL)
    full = replace(many, findings=(*many.findings[:-1], fails))
    [picture] = page_pictures(full, stranger, {f.rule_id: n for n, f in enumerate(full.findings, 1)}).pages
    assert picture.unplaced > 0
    assert len(picture.chips) + picture.unplaced == len(full.findings)
    assert fails.rule_id in {chip.rule_id for chip in picture.chips}
    assert f"{picture.unplaced} more numbers found no room" in report.to_html(full, stranger)


def test_evidence_outside_the_page_is_boxed_at_its_edge(reviewed, stranger):
    out = replace(crowded(reviewed, 1).findings[0], evidence=(Evidence(1, (-50.0, 9000.0, 90000.0, 9010.0), "x"),))
    [picture] = page_pictures(replace(reviewed, findings=(out,)), stranger, {out.rule_id: 1}).pages
    left, top, right, bottom = picture.marks[0].box
    assert 0 <= left < right <= stranger.pages[0].width
    assert 0 <= top < bottom <= stranger.pages[0].height


def test_a_number_leads_to_its_finding_and_a_finding_to_its_page(page):
    links = set(re.findall(r'href="#([^"]+)"', tags(page)))
    ids = set(re.findall(r'\bid="([^"]+)"', tags(page)))
    assert links - ids == set()
    assert "TXT-01" in links
    assert "page-1" in links
    chip = re.search(r'<a class="chip fail" href="#TXT-01"[^>]*>(\d+)</a>', page)
    assert chip is not None
    article = page[page.index('id="TXT-01"') :]
    assert f'<span class="number fail">{chip.group(1)}</span>' in article[:400]


def test_the_gate_stands_before_counts_and_findings(reviewed, stranger):
    gated = replace(reviewed, gate=GateDecision(False, True, ("UK retail", "Refused by SIM-01, COBS 4.6.6R(1): no")))
    page = tags(report.to_html(gated, stranger))
    assert page.index("May this sheet exist?") < page.index('class="counts"') < page.index("<article")
    assert '<section class="gate fail"' in page
    open_gate = replace(reviewed, gate=GateDecision(False, False, ("UK retail", "a person must say")))
    assert '<section class="gate look"' in report.to_html(open_gate)
    free = replace(reviewed, gate=GateDecision(True, False, ("UK retail",)))
    assert '<section class="gate pass"' in report.to_html(free)


def test_unverified_sources_and_drafts_are_marked(reviewed, stranger):
    first = replace(reviewed.findings[0], verified=False)
    marked = replace(reviewed, findings=(first, *reviewed.findings[1:]), drafts=("SIM-04",))
    for text in (tags(report.to_html(marked, stranger)), shown(report.to_pdf(marked))):
        flat = " ".join(text.split())
        assert "has not been seen by anybody" in flat
        assert "source unverified" in flat
        assert "1 statement stands in the document in a wording that nobody has confirmed: SIM-04" in flat


def test_the_wanted_statement_stands_with_what_failed(page):
    article = page[page.index('id="PP-05"') :]
    assert "Wanted: “" in article[: article.index("</article>")]


def test_a_figure_that_is_not_known_has_its_name_in_the_wanted_statement(page):
    assert "from [documents from], in [documents language]" in page
    assert "{fund." not in tags(page)


def test_the_pages_stand_behind_what_failed_and_before_the_rest(page):
    body = tags(page)
    assert (
        body.index('id="fail"') < body.index('id="pages"') < body.index('id="needs_review"') < body.index('id="pass"')
    )


def test_why_a_rule_applies_is_said_once(page):
    article = page[page.index('id="PP-05"') :]
    assert "Applies because: the text shows performance figures" in article[: article.index("</article>")]
    assert "Applies because: not known" not in page
    assert "Whether it applies is not known: the channel" in page
    assert "Applies because: applies to every" not in page


def test_the_page_stands_alone(page):
    assert '<html lang="en">' in page
    assert not any(outside in page for outside in ("http://", "https://", "@import", "url(", "<script"))
    assert set(re.findall(r'src="([^,"]+)', page)) == {"data:image/png;base64"}


def test_what_a_document_says_is_data(put, hostile):
    found = put(hostile)
    page = tags(report.to_html(found, hostile))
    assert "<script>" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "{{ title }}" in page
    assert "\u202e" not in page


def test_a_long_word_breaks_and_foreign_letters_are_marked_on_paper(put, hostile):
    found = put(hostile)
    pdf = report.to_pdf(found, hostile)
    text = shown(pdf)
    assert FOREIGN in text
    with pypdfium2.PdfDocument(pdf) as document:
        for number in range(len(document)):
            page = document[number]
            wide = page.get_width()
            boxes = page.get_textpage()
            assert all(boxes.get_charbox(i)[2] <= wide for i in range(boxes.count_chars()))
    assert "W" * 20 in text.replace("\r\n", "").replace("\n", "").replace("\x02", "").replace("\ufffe", "")


def test_letters_the_fonts_lack_are_not_boxes():
    assert printable("Grüße 中 \u202e5%") == f"Grüße {FOREIGN} 5%"


def shown(pdf):
    with pypdfium2.PdfDocument(pdf) as document:
        return "\n".join(document[i].get_textpage().get_text_range() for i in range(len(document)))


@pytest.mark.parametrize("profile", ["pdfa-3a", "pdfua-1"])
def test_the_paper_is_archival_and_accessible(paper, profile):
    assert validator.validate_pdf_bytes(paper, profile=profile).failures == []


def test_the_paper_says_what_the_page_says_and_carries_the_json(paper, reviewed):
    text = " ".join(shown(paper).split())
    for finding in reviewed.findings:
        assert finding.rule_id in text
    with pikepdf.open(io.BytesIO(paper)) as pdf:
        assert pdf.attachments["review.json"].get_file().read_bytes().decode() == report.to_json(reviewed)


def test_a_scan_has_a_report_too(put, scan):
    found = put(scan)
    assert "no text layer" in report.to_html(found, scan)
    assert "no text layer" in " ".join(shown(report.to_pdf(found, scan)).split())


def test_a_long_document_has_a_report_of_bounded_size(put, long_document):
    found = put(long_document)
    many = pictures.page_pictures(found, long_document, numbered(found), 40)
    pages = {e.page for f in found.open for e in f.evidence}
    assert len(long_document.pages) > pictures.EVERY_PAGE_UP_TO
    assert [picture.page for picture in many.pages] == sorted(pages)[: pictures.MOST_PICTURES]
    assert many.note.startswith(f"The document has {len(long_document.pages)} pages; only those with open findings")
    assert many.note in html_text.unescape(report.to_html(found, long_document))


def test_more_pages_with_findings_than_are_shown_are_counted(put, long_document):
    found = put(long_document)
    first = found.open[0]
    everywhere = tuple(Evidence(n, (10.0, 10.0, 50.0, 20.0), "x") for n in range(1, 31))
    spread = replace(found, findings=(replace(first, evidence=everywhere), *found.findings[1:]))
    many = page_pictures(spread, long_document, numbered(spread), 20)
    assert len(many.pages) == pictures.MOST_PICTURES
    assert "The first 12 of 30 such pages are shown" in many.note


def test_another_process_zone_locale_and_hash_seed_give_the_same_bytes(tmp_path, stranger, page, paper):
    (tmp_path / "it.pdf").write_bytes(stranger.data)
    code = (
        "import sys; from datetime import date; from pathlib import Path\n"
        "from backtest.disclosure import report\n"
        "from backtest.disclosure.document import read_pdf\n"
        "from backtest.disclosure.packs import load_packs\n"
        "from backtest.disclosure.review import Context, review\n"
        "document = read_pdf(Path('it.pdf'), 100)\n"
        "made = review(document, None, load_packs(), date(2026, 11, 23), Context())\n"
        "Path('it.html').write_text(report.to_html(made, document), encoding='utf-8')\n"
        "Path('out.pdf').write_bytes(report.to_pdf(made, document))\n"
    )
    there = {"PYTHONHASHSEED": "7", "TZ": "Pacific/Auckland", "LC_ALL": "C", "PYTHONPATH": str(ROOT)}
    subprocess.run([sys.executable, "-c", code], cwd=tmp_path, env=os.environ | there, check=True)
    assert (tmp_path / "it.html").read_text(encoding="utf-8") == page
    assert (tmp_path / "out.pdf").read_bytes() == paper
