"""What the sheet's PDF says, carries and is: from the demo's facts to bytes, read back."""

from __future__ import annotations

import pikepdf
import pytest

from backtest.facts import facts_to_json, format_fact
from backtest.render import text_nodes


def test_a_retail_sheet_with_its_glossary_has_three_pages(demo_sheet, demo_pdf):
    assert demo_sheet.pages == len(demo_pdf.pages) == 3


def test_every_text_of_the_page_is_in_the_pdf_inside_its_pages(demo_sheet, shown):
    seen = shown(demo_sheet.pdf)
    nodes = text_nodes(demo_sheet.html)
    assert len(nodes) > 300
    assert [node for node in nodes if not seen.has(node)] == []


def test_every_statement_is_on_its_pages(demo_sheet, demo_statements, shown):
    seen = shown(demo_sheet.pdf)
    for statement in demo_statements:
        pages = (
            (1, 2)
            if statement.slot in ("page", "performance")
            else (1,)
            if statement.slot in ("top", "header")
            else (None,)
        )
        for page in pages:
            assert seen.has(statement.text, page), (statement.rule_id, page)


def test_capital_at_risk_stands_before_the_first_figure(demo_sheet, demo_facts, demo_statements):
    nodes = text_nodes(demo_sheet.html)
    warning = next(s.text for s in demo_statements if s.slot == "top")
    first_figure = format_fact(demo_facts.facts["perf.strategy.annualised.5y"])
    assert nodes.index(warning) < nodes.index(first_figure)


@pytest.mark.parametrize(
    "prefix", ["perf.strategy.cumulative.", "perf.baseline.discrete.", "risk.benchmark.", "conc.", "char.", "top10.",
               "expo.", "trade.strategy.", "trade.rebalances.", "class.ongoing"]
)  # fmt: skip
def test_facts_are_printed_as_facts_print(demo_sheet, demo_facts, shown, prefix):
    seen = shown(demo_sheet.pdf)
    hidden = ("trough", ".theme", "expo.theme.cash")
    wanted = [f for f in demo_facts.facts.values() if f.id.startswith(prefix) and f.value is not None]
    wanted = [f for f in wanted if not any(word in f.id.removeprefix("expo.theme") for word in hidden)]
    assert wanted
    assert [f.id for f in wanted if not seen.has(format_fact(f))] == []


def test_only_the_vendored_fonts_are_embedded(demo_pdf):
    fonts = [o for o in demo_pdf.objects if isinstance(o, pikepdf.Dictionary) and o.get("/Type") == "/FontDescriptor"]
    assert {str(font.FontName).split("+")[-1] for font in fonts} == {
        "Jevons-Sans",
        "Jevons-Sans-Semi-Bold",
        "Jevons-Sans-Bold",
    }
    assert all("/FontFile2" in font or "/FontFile3" in font for font in fonts)


def test_the_pdf_is_tagged_named_and_in_a_language(demo_pdf, demo_facts):
    assert "/StructTreeRoot" in demo_pdf.Root
    assert bool(demo_pdf.Root.MarkInfo.Marked)
    assert str(demo_pdf.Root.Lang) == "en"
    assert str(demo_pdf.docinfo["/Title"]).startswith(str(demo_facts.facts["fund.name"].value))
    assert demo_pdf.check_pdf_syntax() == []


def _roles(element: pikepdf.Object, found: list[pikepdf.Dictionary]) -> list[pikepdf.Dictionary]:
    if isinstance(element, pikepdf.Dictionary) and "/S" in element:
        found.append(element)
    children = element.get("/K", []) if isinstance(element, pikepdf.Dictionary) else []
    for child in children if isinstance(children, pikepdf.Array) else [children]:
        if isinstance(child, pikepdf.Dictionary) and "/S" in child:
            _roles(child, found)
    return found


def test_headings_tables_and_figures_are_in_the_structure(demo_pdf):
    tree = demo_pdf.Root.StructTreeRoot.K
    tops = tree if isinstance(tree, pikepdf.Array) else [tree]
    elements = [e for top in tops for e in _roles(top, [])]
    roles = [str(e.S) for e in elements]
    assert roles.count("/H1") == 1
    assert roles.index("/H1") < roles.index("/H2")
    assert "/H3" not in roles
    assert roles.count("/Table") >= 10
    assert "/L" not in roles  # a list of label and value in wrappers would break PDF/UA
    figures = [e for e in elements if str(e.S) == "/Figure"]
    assert len(figures) == 4
    assert all(len(str(e.Alt)) > 5 for e in figures)


def test_the_alternative_texts_give_the_facts(demo_sheet, demo_facts):
    text = {id: format_fact(fact) for id, fact in demo_facts.facts.items()}
    start = [text[f"perf.{who}.cumulative.start"] for who in ("strategy", "baseline", "benchmark")]
    falls = [text[f"risk.{who}.max_drawdown"] for who in ("strategy", "baseline", "benchmark")]
    assert "strategy {}, doing nothing {}, benchmark {}.</title>".format(*start) in demo_sheet.html
    assert "of the strategy {}, of doing nothing {}, of the benchmark {}.</title>".format(*falls) in demo_sheet.html
    capex = [text[f"expo.theme.capex.{who}"] for who in ("strategy", "benchmark")]
    assert "capex {} against {} in the benchmark".format(*capex) in demo_sheet.html


def test_the_facts_travel_inside(demo_pdf, demo_facts):
    carried = demo_pdf.attachments["facts.json"].get_file()
    assert carried.read_bytes() == facts_to_json(demo_facts).encode()
    assert carried.creation_date.date() == demo_facts.facts["doc.as_of"].value
