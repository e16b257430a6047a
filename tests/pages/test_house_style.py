"""A house's own style on a whole sheet: what hides a statement is found, what only looks different is not."""

from __future__ import annotations

from dataclasses import replace

import pytest

from backtest.disclosure.document import read_pdf
from backtest.disclosure.require import required_statements
from backtest.disclosure.review import review
from backtest.disclosure.rule import Outcome
from backtest.errors import RenderError
from backtest.factsheet import House, make_sheet
from backtest.factsheet.logo import load_logo
from backtest.factsheet.own import load_templates
from backtest.factsheet.sections import lay_out
from backtest.factsheet.theme import load_theme
from backtest.render import text_nodes

RISKS = (
    "<h2>Key risks</h2>"
    "{% for item in risk_statements %}<p><b>{{ item.title }}.</b> <span>{{ item.text }}</span></p>{% endfor %}"
)
LOGO = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 30 10"><rect width="30" height="10" fill="#8fd3c8"/></svg>'


@pytest.fixture
def own(tmp_path):
    """A function: the house with one section of its own."""

    def write(section: str, source: str) -> House:
        (tmp_path / f"{section}.html").write_text(source, encoding="utf-8")
        return House(templates=load_templates(tmp_path))

    return write


@pytest.fixture
def breaches(demo_facts, demo_statements, rules, shown):
    """A function: the rules that the review of a house's sheet finds broken. Nothing of its HTML may be lost."""

    def found(house: House) -> set[str]:
        sheet = make_sheet(demo_facts, demo_statements, identifier="x", house=house)
        seen = shown(sheet.pdf)
        assert sheet.pages in (2, 3)
        assert [node for node in text_nodes(sheet.html) if not seen.has(node)] == []
        day = demo_facts.facts["doc.published"].value
        return {finding.rule_id for finding in review(read_pdf(sheet.pdf), demo_facts, rules, day).breaches}

    return found


def test_the_other_theme_with_a_logo_passes_the_review(breaches, tmp_path):
    (tmp_path / "logo.svg").write_text(LOGO, encoding="utf-8")
    assert breaches(House(theme=load_theme("wharf"), logo=load_logo(tmp_path / "logo.svg"))) == set()


@pytest.mark.parametrize(
    "chosen",
    [
        {"first_main": ("growth", "tiles", "returns"), "second_right": ("exposures", "drawdown")},
        {"first_main": ("returns", "growth"), "second_left": ("risk_figures", "holdings"), "second_right": ()},
        {"second_foot": ("tiles", "risks", "limits", "important"), "first_main": ("growth", "returns")},
    ],
    ids=["moved", "fewer", "strange"],
)
def test_sections_in_another_order_pass_the_review(breaches, chosen):
    assert breaches(House(layout=lay_out(chosen))) == set()


TERMS = {
    "sim.half_spreads": "from a table, by company and day",
    "sim.commission_fixed": "GBP 12",
    "sim.commission_minimum": "GBP 15",
    "sim.taxes": "of each company’s country, with their dates",
    "sim.fx_cost": "2.0 bp",
    "sim.impact": "1.0",
    "sim.custody": "2.0 bp",
    "sim.buy_tax": "50.0 bp",
    "sim.limit.turnover": "at most 25%",
    "sim.limit.trade": "GBP 10,000",
    "sim.limit.band": "0.5 pp",
    "sim.limit.volume": "20%",
    "sim.limit.cash": "at least 2%",
    "sim.limit.ucits": "5/10/40",
    "sim.limit.whole": "yes",
    "sim.limit.sector": "Information technology at most 25.0%",
}


def test_a_simulation_box_with_every_term_is_not_read_as_performance(demo_facts, rules):
    """Its lines wrap where they will, and a wrapped line may begin with a percentage."""
    usual = demo_facts.facts["sim.strategy"]
    terms = {key: replace(usual, id=key, value=value) for key, value in TERMS.items()}
    terms["data.themes_assigned"] = replace(demo_facts.facts["doc.as_of"], id="data.themes_assigned")
    facts = replace(demo_facts, facts={**demo_facts.facts, **terms})
    day = facts.facts["doc.published"].value
    sheet = make_sheet(facts, required_statements(facts, rules, day), identifier="x")
    found = next(f for f in review(read_pdf(sheet.pdf), facts, rules, day).findings if f.rule_id == "PP-01")
    assert found.outcome is Outcome.PASS, found.reason


def test_a_section_of_the_firms_own_takes_the_place_of_ours(own, breaches, demo_facts, demo_statements):
    house = own("objective", '<h2>What we aim for</h2><p style="padding-left: 4pt">{{ objective }}</p>')
    assert breaches(house) == set()
    html = make_sheet(demo_facts, demo_statements, identifier="x", house=house).html
    assert "What we aim for" in html
    assert "The rules in a sentence" not in html


@pytest.mark.parametrize(
    "source",
    ["{% for item in risk_statements %}<p>{{ item.title }}</p>{% endfor %}",
     "{% if not risk_statements %}{{ print.run(risk_statements) }}{% endif %}",
     "{% for item in risk_statements %}<p>{{ item.text }} Or so it is said.</p>{% endfor %}"],
    ids=["dropped", "hidden", "weakened"],
)  # fmt: skip
def test_a_template_that_drops_a_statement_makes_no_sheet(own, demo_facts, demo_statements, source):
    with pytest.raises(RenderError, match="is not on the sheet"):
        make_sheet(demo_facts, demo_statements, identifier="x", house=own("risks", source))


@pytest.mark.parametrize(
    "style", ["font-size: 4pt", "color: #c8c8c8", "color: #ffffff", "background: #1d2a35"],
    ids=["tiny", "pale", "white", "dark"],
)  # fmt: skip
def test_a_template_that_makes_a_statement_hard_to_read_is_found_by_the_review(own, breaches, style):
    assert breaches(own("risks", RISKS.replace("<p>", f'<p style="{style}">'))) != set()
