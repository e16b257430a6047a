"""A theme is colours that can be read and nothing else: no other text reaches the style sheet."""

from __future__ import annotations

import re
from dataclasses import asdict, fields, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backtest.errors import HouseError
from backtest.factsheet import theme as themes
from backtest.factsheet.theme import Colours, HouseTheme, contrast, css_variables, lightness, load_theme

COLOUR = st.integers(0, 0xFFFFFF).map("#{:06x}".format)


def written(tmp_path, text: str) -> str:
    (tmp_path / "firm.toml").write_text(text, encoding="utf-8")
    return "firm.toml"


def message(tmp_path, text: str) -> str:
    with pytest.raises(HouseError) as caught:
        load_theme(written(tmp_path, text), tmp_path)
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize(
    ("first", "second", "ratio"),
    [("#000000", "#ffffff", 21.0), ("#777777", "#ffffff", 4.48), ("#767676", "#ffffff", 4.54)],
)
def test_contrast_is_the_one_of_wcag(first, second, ratio):
    """Worked from the definition of relative luminance; #767676 is the lightest grey that reaches 4.5 on white."""
    assert contrast(first, second) == pytest.approx(ratio, abs=0.005)


@given(COLOUR, COLOUR)
def test_contrast_does_not_mind_the_order_and_stays_between_1_and_21(first, second):
    assert contrast(first, second) == contrast(second, first)
    assert 1.0 <= contrast(first, second) <= 21.0 + 1e-9


def test_lightness_is_the_one_of_cie():
    """Mid grey #777777 is L* 50.0 to a tenth; the linear part and the root meet at (6/29) cubed."""
    assert lightness("#777777") == pytest.approx(50.03, abs=0.05)
    assert (lightness("#000000"), round(lightness("#ffffff"), 6)) == (0.0, 100.0)
    assert 0 < lightness("#010101") < lightness("#020202") < 1


def test_two_themes_ship_and_are_clearly_different():
    one, other = (load_theme(name) for name in themes.shipped_themes())
    assert one == HouseTheme()
    assert contrast(one.colours.header, other.colours.header) > 7
    different = [key for key, value in asdict(one.colours).items() if value != asdict(other.colours)[key]]
    assert len(different) > 15


def test_an_empty_file_is_the_usual_theme(tmp_path):
    assert replace(load_theme(written(tmp_path, ""), tmp_path), name="tarn") == HouseTheme()


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("[colours]\ntext = '#8a97a3'", ["[colours] text #8a97a3 on [colours] paper #ffffff has a contrast", "4.5:1"]),
        ("[colours]\nwarning_text = '#666666'", ["warning_text #666666 on [colours] warning", "at least 7:1"]),
        ("[colours]\nwarning_rule = '#ffb000'", ["warning_rule #ffb000 on [colours] paper", "at least 3:1"]),
        ("[colours]\nheader = '#ffffff'", ["header_text #ffffff on [colours] header #ffffff has a contrast of 1.00:1"]),
        ("[colours]\ntint = '#999999'", ["[colours] muted #46535f on [colours] tint", "4.5:1"]),
        ("[charts]\nbenchmark = '#9aa4ad'", ["[charts] benchmark #9aa4ad on [colours] paper", "at least 4.5:1"]),
        ("[charts]\nbenchmark = '#46535f'", ["[charts] benchmark #46535f are", "CIE L*", "at least 10"]),
        ("[charts]\nbaseline = '#0a5651'", ["[charts] baseline #0a5651 are 0.0 apart"]),
    ],
)  # fmt: skip
def test_colours_too_near_name_the_pair_the_ratio_and_the_one_needed(tmp_path, text, parts):
    said = message(tmp_path, text)
    assert [part for part in parts if part not in said] == []


def pairs():
    return [pytest.param(pair, id="-".join(map(str, pair))) for pair in themes.PAIRS]


@pytest.mark.parametrize("pair", pairs())
def test_each_pair_is_held_to_its_contrast(pair):
    """What is read or seen, in the colour of what it stands on, is refused for this pair or one checked before it."""
    first, second, _ = pair
    usual = HouseTheme()
    ground = themes._named(usual)[second]
    if first.startswith("charts."):
        changed = replace(usual, charts=replace(usual.charts, **{first.removeprefix("charts."): ground}))
    else:
        changed = replace(usual, colours=replace(usual.colours, **{first: ground}))
    with pytest.raises(HouseError, match="has a contrast of"):
        themes.check_contrast(changed, "firm.toml")


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("[colours]\npapr = '#ffffff'", "firm.toml, [colours], papr: no such key. Did you mean paper?"),
        ("colour = '#ffffff'", "firm.toml, colour: no such key. Did you mean colours?"),
        ("[charts]\nfamily = 'Jevons Sans'", "[charts], family: no such key."),
        ("family = 'Comic Sans'", "firm.toml, family: found 'Comic Sans'."),
        ("mark = 'column'", "firm.toml, mark: found 'column'. Did you mean columns? Allowed: columns, peaks, rings."),
        ("mark = 3", "firm.toml, mark: found '3'."),
        ("colours = 'red'", "[colours]: found 'red'; a table of colours is allowed."),
        ("[colours]\ntext = 3", "[colours] text: found '3'."),
        ("[colours", "not valid TOML"),
        ("#" * 30_000, "30,000 bytes; a theme has at most 20,000."),
    ],
)
def test_a_mistake_is_one_sentence_with_place_found_and_allowed(tmp_path, text, part):
    assert part in message(tmp_path, text)


INJECTIONS = [
    "red} body{display:none", "#fff", "#0F6B67", "#0f6b67;}", "#0f6b67\n", "rgb(0,0,0)", "url(http://x)", "var(--line)",
    "#0f6b6７", "", " #0f6b67", "#0f6b67/*",
]  # fmt: skip


@pytest.mark.parametrize("value", INJECTIONS)
def test_css_cannot_be_injected_through_a_colour(tmp_path, value):
    with pytest.raises(HouseError, match=r"A colour is # and six digits"):
        load_theme(written(tmp_path, f'[colours]\naccent = """{value}"""' if "\n" not in value else
                           '[colours]\naccent = "#0f6b67\\n"'), tmp_path)  # fmt: skip


@pytest.mark.parametrize("value", INJECTIONS)
def test_nor_through_a_theme_made_in_code(value):
    with pytest.raises(HouseError, match="a colour is written #rrggbb"):
        css_variables(replace(HouseTheme(), colours=Colours(accent=value)))
    with pytest.raises(HouseError):
        css_variables(replace(HouseTheme(), family="x; } body { display: none"))


def test_the_variables_are_one_rule_of_names_and_values():
    css = css_variables(HouseTheme())
    assert re.fullmatch(r":root \{ (--[a-z-]+: #[0-9a-f]{6}; )+--family: [A-Za-z0-9 ]+; \}", css)
    assert css.count("#") == len(fields(Colours))


def test_the_style_sheet_has_no_colour_of_its_own_and_asks_for_none_that_is_not_there():
    css = (themes.templates_folder() / "factsheet" / "sheet.css").read_text(encoding="utf-8")
    assert re.findall(r"#[0-9a-fA-F]{3,8}\b", css) == []
    defined = set(re.findall(r"--([a-z-]+):", css_variables(HouseTheme()) + css))
    used = set(re.findall(r"var\(--([a-z-]+)\)", css))
    assert used - defined == set()
    assert set(re.findall(r"--([a-z-]+):", css_variables(HouseTheme()))) - used - {"mark", "paper"} == set()


@pytest.mark.parametrize(
    ("wanted", "part"),
    [
        ("tarm", "[report] theme: no theme 'tarm'. Did you mean tarn? Shipped are tarn, wharf"),
        ("../tarn", "no theme '../tarn'"),
        ("none.toml", "none.toml is not there"),
    ],
)
def test_a_theme_that_is_not_there_is_said(tmp_path, wanted, part):
    with pytest.raises(HouseError) as caught:
        load_theme(wanted, tmp_path)
    assert part in str(caught.value)


def test_a_theme_that_is_no_text_is_said(tmp_path):
    (tmp_path / "firm.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(HouseError, match="not UTF-8 text"):
        load_theme("firm.toml", tmp_path)
