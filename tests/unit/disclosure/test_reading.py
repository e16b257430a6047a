"""Statements are found in any layout; sentences, sizes and words come out as a person would read them."""

from __future__ import annotations

import pytest

from backtest.disclosure.document import read_pdf
from backtest.disclosure.phrases import any_word
from backtest.disclosure.reading import Reading, key, predominant_size

TEXT = (
    "Long-term over- and under-performance is not a reliable indicator: figures of −3.4% or 2–5% refer to the past. "
    "You may get back less than you put in, and “nothing” here is different."
)
LAYOUTS = {
    "plain": f"<p>{TEXT}</p>",
    "narrow": f'<p style="width: 30mm">{TEXT}</p>',
    "hyphenated": f'<p style="width: 30mm; hyphens: auto">{TEXT}</p>',
    "soft hyphens": f"<p style='width: 30mm'>{TEXT.replace('indicator', 'indi&shy;cator')}</p>",
    "justified": f'<p style="width: 50mm; text-align: justify">{TEXT}</p>',
    "spaced": f'<p style="letter-spacing: 1.5pt">{TEXT}</p>',
    "break opportunities": f"<p style='width: 30mm'>{TEXT.replace('reliable', 'reli<wbr>able')}</p>",
    "bold inside": f"<p>{TEXT.replace('reliable', 'reli<b>able</b>')}</p>",
    "two columns": f'<div style="columns: 2">{TEXT}</div>',
    "over a page": f'<div style="height: 172mm">x</div><p style="orphans: 1; widows: 1; width: 40mm">{TEXT}</p>',
    "in a table cell": f"<table><tr><td>{TEXT}</td><td>other words</td></tr></table>",
    "in a flex row": f'<div style="display: flex"><p style="flex: 1">{TEXT}</p><p style="flex: 1">other</p></div>',
    "in a grid": f'<div style="display: grid; grid-template-columns: 1fr 1fr"><p>{TEXT}</p><p>other</p></div>',
    "capitals": f'<p style="text-transform: uppercase">{TEXT}</p>',
    "no ligatures": f'<p style="font-variant-ligatures: none">{TEXT}</p>',
    "generated": f'<style>p::before {{ content: "{TEXT}" }}</style><p></p>',
    "a list": f"<ul><li>{TEXT}</li></ul>",
    "non-breaking": f"<p>{TEXT.replace(' a ', '&nbsp;a&nbsp;')}</p>",
    "a footnote": f'<p>Word<span style="float: footnote">{TEXT}</span></p>',
}


def read(pdf):
    return Reading(read_pdf(pdf, 100))


@pytest.mark.parametrize("markup", LAYOUTS.values(), ids=LAYOUTS)
def test_a_statement_is_found_in_any_layout(printed, markup):
    assert read(printed(markup)).find(TEXT)


@pytest.mark.parametrize("old", ["−3.4%", "not a", "2–5%", "less"])
def test_a_changed_word_is_not_found(printed, old):
    assert read(printed(f"<p>{TEXT.replace(old, 'x')}</p>")).find(TEXT) == ()


def test_a_statement_over_two_pages_stands_on_both_in_spite_of_the_footer(printed):
    footer = "<style>@page { @bottom-center { content: 'Footer' } @top-center { content: 'Header' } }</style>"
    markup = f'{footer}<div style="height: 165mm">x</div><p style="orphans: 1; widows: 1; width: 30mm">{TEXT}</p>'
    reading = read(printed(markup))
    assert list(reading.by_page(reading.find(TEXT)[0])) == [1, 2]


def test_every_copy_is_found(printed):
    assert len(read(printed(f"<p>{TEXT}</p><p>Between</p><p>{TEXT}</p>")).find(TEXT)) == 2


def test_the_key_keeps_minus_and_range_and_drops_hyphens_and_space():
    assert key("Over- and  Under\u2010performance\u00ad −3.4% 2–5%") == "overandunderperformance−3.4%2–5%"


@pytest.mark.parametrize(
    "markup",
    [
        '<div style="columns: 2; hyphens: auto">{}</div>',
        '<p style="width: 30mm">{}</p>',
        '<p style="text-align: justify; width: 60mm">{}</p>',
        "<p><b>{}</b></p>",
    ],
)
def test_sentences_come_out_whole(printed, markup):
    text = "The first sentence of it is here. The second, with internationalisation in it, comes after. A third!"
    sentences = [key(s.text) for s in read(printed(markup.format(text))).sentences]
    assert sentences == [key(s) for s in text.replace("here. ", "here.|").replace("after. ", "after.|").split("|")]


def test_a_heading_is_no_part_of_the_sentence_below(printed):
    reading = read(printed("<h2>Key risks</h2><p>Values can fall.</p>"))
    assert [s.text for s in reading.sentences] == ["Key risks", "Values can fall."]


def test_concepts_meet_in_one_sentence_or_two_that_follow(printed):
    groups = [["fall"], ["get back less"]]
    near = read(printed("<p>Values can fall. You may get back less.</p>"))
    far = read(printed("<p>Values can fall. The weather is fine. You may get back less.</p>"))
    assert near.says(groups)[0].text == "Values can fall. You may get back less."
    assert far.says(groups) == ()


def test_concepts_are_words_not_letters(printed):
    assert read(printed("<p>A shortfall and a freefall.</p>")).says([["fall"]]) == ()
    assert read(printed("<p>Values were falling.</p>")).says([["fall"]])


def test_ligatures_are_two_letters(printed):
    reading = read(printed("<p>An offer that differs, efficient, fluent</p>"))
    assert reading.lines[0].text == "An offer that differs, efficient, fluent"


def test_cells_of_a_table_are_lines_of_their_own(printed):
    style = "<style>td { padding-right: 14pt }</style>"
    reading = read(printed(f"{style}<table><tr><td>Fund</td><td>+1.2%</td><td>−3.4%</td></tr></table>"))
    assert [line.text for line in reading.lines] == ["Fund", "+1.2%", "−3.4%"]


def test_bold_is_known_from_the_font(printed):
    lines = read(printed("<p>Plain</p><p><b>Bold</b></p>")).lines
    assert [line.bold for line in lines] == [False, True]


def test_the_predominant_size_is_the_commonest_by_characters(printed):
    reading = read(printed('<p style="font-size: 14pt">Title</p><p>The body text is here and longer.</p>'))
    assert predominant_size(reading, ()) == 9.0


def test_small_print_does_not_make_small_the_norm(printed):
    reading = read(printed(f'<p>Some body text.</p><p style="font-size: 6pt">{"small print " * 40}</p>'))
    small = [i for i, c in enumerate(reading.characters) if c.size < 7]
    assert predominant_size(reading, ()) == 6.0
    assert predominant_size(reading, small) == 9.0


def test_leaving_out_the_large_does_not_make_small_the_norm(printed):
    """The larger of both counts is taken, so leaving large text out cannot lower the bar."""
    reading = read(printed(f'<p>{"Body text at nine. " * 10}</p><p style="font-size: 6pt">small</p>'))
    large = [i for i, c in enumerate(reading.characters) if c.size > 7]
    assert predominant_size(reading, large) == 9.0


@pytest.mark.parametrize("style", ["", "letter-spacing: 0.6pt", "text-align: justify; width: 40mm"])
def test_a_narrow_digit_begins_no_word(printed, style):
    """Boxes hold the ink alone: the room around a 1 is no space, nor is that between spaced letters."""
    markup = f'<p style="{style}">ANNUAL RETURNS 11.1 in 2011 and 1,111.1 in 2021</p>'
    text = " ".join(line.text for line in Reading(read_pdf(printed(markup), 72)).lines)
    assert text == "ANNUAL RETURNS 11.1 in 2011 and 1,111.1 in 2021"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("should not be taken as a reliable indicator of it", True), ("is not a reliable indicator", True),
        ("is not good. It is a reliable indicator", False), ("is a reliable indicator", False),
        ("not one of many other things that are said to be a reliable indicator", False),
    ],
)  # fmt: skip
def test_three_dots_in_a_phrase_are_a_few_words_of_one_sentence(text, said):
    assert bool(any_word(("not ... reliable indicator",)).search(text)) is said
