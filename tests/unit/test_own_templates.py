"""A firm's template lays out what it is given, and can do nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

from backtest.artifacts import templates_folder
from backtest.errors import HouseError
from backtest.factsheet.own import check_template, load_templates

OURS = sorted((templates_folder() / "factsheet" / "sections").glob("*.html"))
TILES = (
    '<h2 style="color: #0f6b67">Results</h2>'
    "{% for tile in tiles %}<p><b>{{ tile.figure }}</b> {{ tile.label }}</p>{% endfor %}"
)
WARNING = "{{ print.warning(performance_statements) }}"


def message(source: str, section: str = "objective") -> str:
    with pytest.raises(HouseError) as caught:
        check_template(source, section, "firm/x.html")
    assert str(caught.value).startswith("firm/x.html")
    return str(caught.value)


@pytest.mark.parametrize("path", OURS, ids=lambda p: p.stem)
def test_our_own_templates_can_be_the_start_of_a_firms(path):
    check_template(path.read_text(encoding="utf-8"), path.stem, path.name)


def test_a_template_with_its_statements_is_taken(tmp_path):
    (tmp_path / "tiles.html").write_text(TILES + WARNING, encoding="utf-8")
    (tmp_path / "notes.txt").write_text("not a template", encoding="utf-8")
    assert load_templates(tmp_path) == {"sections/tiles.html": TILES + WARNING}


def test_a_template_that_leaves_its_statements_out_is_refused():
    assert "performance_statements is left out" in message(TILES, "tiles")
    assert "risk_statements is left out" in message("<p>{{ firm }}</p>", "risks")


FORBIDDEN = ["float: left", "position: absolute", "clip: auto", "overflow: hidden", "opacity: 0", "transform: none",
             "text-decoration: line-through", "hyphens: auto", "display: none", "visibility: hidden", "height: 1pt",
             "text-indent: 1pt", "letter-spacing: 1pt", "white-space: nowrap", "line-height: 0", "content: none",
             "--text: red", "z-index: 1", "columns: 9", "font: 1pt x"]  # fmt: skip


@pytest.mark.parametrize("style", FORBIDDEN)
def test_a_style_that_can_hide_text_is_refused(style):
    said = message(f'<p style="color: #000000; {style}">x</p>')
    assert f"style {style.partition(':')[0]!r} is not allowed, because it can hide or move text" in said


@pytest.mark.parametrize(
    "style",
    ["background: url(http://127.0.0.1/x)", "margin-left: -9pt", "margin-left: 300mm", "padding: 1em", "width: 101%",
     "color: rgb(0 0 0)", "color: var(--paper)", "margin: 41pt", "margin: 1e3mm", "margin: 5", "color: red !important",
     "font-size: 50pt", "font-weight: 1000", "color: ", "margin: 1.2.3pt"],
)  # fmt: skip
def test_a_value_out_of_bounds_is_refused(style):
    assert f"style {style.partition(':')[0]}: found" in message(f'<p style="{style}">x</p>')


def test_a_modest_style_is_taken():
    check_template(
        '<p style="margin: 0 4pt; padding-left: 2mm; border-left: 2pt solid #0f6b67; width: 50%">x</p>',
        "objective",
        "x",
    )


@pytest.mark.parametrize(
    "html",
    ["<style>p {}</style>", "<script>x</script>", "<link rel=x>", "<img src=x>", "<svg></svg>", "<iframe></iframe>",
     "<object></object>", "<base href=x>", "<meta content=x>", '<a href="https://x">x</a>', "<template>x</template>",
     '<p hidden>x</p>', '<p onclick="x">x</p>', '<p id="page-2">x</p>', '<p aria-hidden="true">x</p>',
     "<!-- {{ objective }} -->", "<!DOCTYPE html>", "<?php ?>", "<br/>", "<p>x", "x</p>", "<p><b>x</p></b>",
     "<p", '<p class="', "<{{ objective }}>", "</{{ objective }}>", "<s{{ objective }}>x</s>",
     "<p style='{{ objective }}'>x</p>", "<p {{ objective }}>x</p>",
     "<ul><li lang='{{ objective }}'>x</li></ul>", "<p {{ objective }}='x'>x</p>"],
)  # fmt: skip
def test_all_but_plain_whole_html_is_refused(html):
    message(html)


@pytest.mark.parametrize(
    "jinja",
    ["{{ 'a' * 9 }}", "{{ 1 + 1 }}", "{{ objective|safe }}", "{{ objective[0] }}", "{{ objective.upper() }}",
     "{{ range(9) }}", "{{ ''.__class__ }}", "{{ print.__init__() }}", "{% include 'sections/tiles.html' %}",
     "{% import 'macros.html' as m %}", "{% set x = 1 %}", "{% macro m() %}{% endmacro %}", "{% raw %}<p>{% endraw %}",
     "{% extends 'page.html' %}", "{% filter upper %}x{% endfilter %}", "{{ '}}<script>' }}", "{% if %}", "{{ }",
     "{% for a in tiles %}{% for b in tiles %}{% for c in tiles %}x{% endfor %}{% endfor %}{% endfor %}",
     "{{ objectiv }}", "{{ config }}", "{{ self }}", "{{ loop.cycle('a') }}", "{% call print.run([]) %}{% endcall %}",
     "<p>{% if objective %}</p>{% endif %}",
     "{% if objective %}<p>{% endif %}x</p>",
     "{{ objective if idea else idea }}", "{{ objective ~ idea }}",
     "{% autoescape false %}{{ objective }}{% endautoescape %}"],
)  # fmt: skip
def test_all_but_printing_looping_and_asking_is_refused(jinja):
    message(jinja)


@pytest.mark.parametrize(
    ("source", "part"),
    [
        ("{{ objectiv }}", "a sheet has no 'objectiv'. Did you mean objective?"),
        ("x\n{{ objective|safe }}", "firm/x.html, line 2: Filter is not allowed"),
        ("x\n<img>", "firm/x.html, line 2: <img> is not allowed in a firm's template. Allowed: b, br, div,"),
        ("{{ print.warnin(objective) }}", "calls print.warnin. Did you mean print.warning?"),
    ],
)
def test_a_refusal_says_where_what_and_what_is_allowed(source, part):
    assert part in message(source)


def test_a_folder_out_of_bounds_is_refused(tmp_path):
    def said() -> str:
        with pytest.raises(HouseError) as caught:
            load_templates(tmp_path)
        return str(caught.value)

    assert "holds 0 files that end in .html; 1 to 30 are allowed." in said()
    wrong = tmp_path / "tile.html"
    wrong.write_text("x", encoding="utf-8")
    assert "no section 'tile'. Did you mean tiles?" in said()
    wrong.unlink()
    right = tmp_path / "objective.html"
    right.write_bytes(b"\xff\xfe")
    assert "not UTF-8 text" in said()
    right.write_text("x" * 20_001, encoding="utf-8")
    assert "20,001 bytes" in said()
    with pytest.raises(HouseError, match="is no folder"):
        load_templates(Path("nowhere"))
