"""The manager's commentary: what is set, what is refused, and which words stop the run."""

from __future__ import annotations

import pytest

from backtest.disclosure.packs import load_packs
from backtest.disclosure.rule import Context
from backtest.errors import HouseError
from backtest.facts import Fact, Facts
from backtest.factsheet import build_page, render_html
from backtest.factsheet.commentary import blocks_of, check_wording, read_commentary

RULES = load_packs()
RETAIL = Context(audience="retail", jurisdictions=("UK",), channel="public", uk_regime="non_mifid")
PLAIN = "The fund cut **capex names** in October.\nThey led.\n\n- It sold two\n  names.\n- It bought R&D, 3 < 4.\n"


def file(tmp_path, text: str | bytes):
    path = tmp_path / "words.md"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def test_paragraphs_lists_and_bold_are_set(tmp_path):
    blocks = blocks_of(read_commentary(file(tmp_path, PLAIN)))
    words = ["".join(run["text"] for run in block["runs"]) for block in blocks]
    assert words == ["The fund cut capex names in October. They led.", "It sold two names.", "It bought R&D, 3 < 4."]
    assert [block["item"] for block in blocks] == [False, True, True]
    assert [run["text"] for block in blocks for run in block["runs"] if run["bold"]] == ["capex names"]


def test_it_stands_on_the_page_escaped_with_its_author_and_date(tmp_path):
    def fact(key: str, value: object, unit: str = "text") -> Fact:
        return Fact(key, key, value, unit, 0, None, "mandate", "test")

    given = {
        "fund.name": "F",
        "fund.firm": "Firm",
        "doc.as_of": "30 October 2026",
        "doc.commentary": PLAIN + "{{ 7 * 7 }}",
    }
    html = render_html(build_page(Facts({k: fact(k, v) for k, v in given.items()}, {}), ()))
    assert "<b>capex names</b>" in html
    assert "It bought R&amp;D, 3 &lt; 4." in html
    assert "{{ 7 * 7 }}" in html
    assert "by Firm, 30 October 2026" in html


@pytest.mark.parametrize(
    ("line", "what"),
    [
        ("# Outlook", "a heading"), ("See [here](https://example.com)", "a link or a picture"),
        ("![x](y.png)", "a link or a picture"), ("1. First", "a numbered list"), ("* star", "another bullet"),
        ("> said", "a quotation"), ("`code`", "code"), ("| a | b |", "a table"), ("<script>x</script>", "HTML"),
        ("---", "a rule"), ("* * *", "another bullet"),
    ],
)  # fmt: skip
def test_other_markdown_is_refused_with_its_line(tmp_path, line, what):
    path = file(tmp_path, f"Fine.\n\n{line}\n")
    with pytest.raises(HouseError, match=rf"words\.md, line 3: .*{what}.* Allowed are paragraphs"):
        read_commentary(path)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (b"\xff\xfe", "not UTF-8 text"), ("", "0 characters; a commentary has 1 to 2,500"),
        ("a" * 2501, "2,501 characters"), ("a" * 16_001, "16,001 bytes; a commentary has at most 16,000"),
    ],
)  # fmt: skip
def test_a_file_that_is_no_commentary_is_one_sentence(tmp_path, text, expected):
    with pytest.raises(HouseError, match=expected):
        read_commentary(file(tmp_path, text))
    with pytest.raises(HouseError, match=r"none\.md is not there\. Give the path of a Markdown file"):
        read_commentary(tmp_path / "none.md")


@pytest.mark.parametrize(
    ("sentence", "word"),
    [
        ("This is definitely the right thesis.", "definitely"),
        ("We **expect returns** above the market; the fund will deliver.", "expect returns"),
        ("A forecast of ten per cent.", "forecast"),
        ("A guaranteed result.", "guaranteed"),
    ],
)
def test_a_forbidden_word_is_named_with_line_and_rule(sentence, word):
    with pytest.raises(
        HouseError, match=rf"c\.md, line 3: says '.*{word}.*', which [A-Z]+-\d+ \(.+\) does not allow: "
    ):
        check_wording(f"Fine.\n\n{sentence}", RULES, RETAIL, "c.md")


def test_plain_words_and_denials_pass():
    check_wording(PLAIN + "\nReturns are not guaranteed. No forecast is made.", RULES, RETAIL, "c.md")
