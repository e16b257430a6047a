"""What a page draws twice, told by a grid for all letters at once: as by holding each letter against all before it."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from backtest.disclosure.document.characters import without_doubles
from backtest.disclosure.document.model import Character


def by_holding_each_against_all(characters, owners):
    """A letter goes that stands within a tenth of its size, 0.3 to 2 points, of one like it that stays; not when
    it shares box and text object with the letter right before it, as those of a ligature do."""
    kept, last = [], None
    for character, owner in zip(characters, owners, strict=True):
        if character.text != " ":
            near = min(max(0.3, 0.1 * character.size), 2.0)
            again = any(
                other.text == character.text
                and abs(other.box[0] - character.box[0]) <= near
                and abs(other.box[1] - character.box[1]) <= near
                for other in kept
            )
            if again and last != (character.box, owner):
                continue
            last = (character.box, owner)
        kept.append(character)
    return kept


@st.composite
def pages(draw):
    """Letters of a few kinds and sizes; every other one stands near an earlier one, or right on it."""
    characters, owners = [], []
    for _ in range(draw(st.integers(0, 25))):
        text, size = draw(st.sampled_from("aab1 ")), draw(st.sampled_from([0.0, 4.0, 9.0, 30.0, 120.0]))
        x, y = draw(st.integers(-2000, 6000)) / 100, draw(st.integers(-2000, 6000)) / 100
        if characters and draw(st.booleans()):
            other = draw(st.sampled_from(characters))
            away = draw(st.sampled_from([0.0, 0.2, 0.29, 0.31, 0.89, 0.91, 1.99, 2.01, 11.0]))
            text, x, y = other.text, other.box[0] + away, other.box[1] - draw(st.sampled_from([0.0, away]))
        characters.append(Character(text, 1, (x, y, x + 5, y + 7), size, True, False))
        owners.append(draw(st.integers(1, 2)))
    return characters, owners


@settings(max_examples=150, deadline=None)
@given(pages())
def test_a_letter_drawn_twice_is_read_once(page):
    characters, owners = page
    assert without_doubles(characters, owners) == by_holding_each_against_all(characters, owners)


def test_pages_have_letters_that_go_and_letters_that_stay():
    """Or the law above would say nothing."""
    here, beside = (Character("a", 1, (x, 10.0, x + 5, 17.0), 9.0, True, False) for x in (10.0, 10.5))
    assert without_doubles([here, beside], [1, 2]) == [here]
    assert without_doubles([here, here], [1, 1]) == [here, here]
    large = here._replace(size=30.0, box=(2.0, 10.0, 20.0, 31.0))
    assert without_doubles([large, large], [1, 2]) == [large]
    apart = beside._replace(box=(11.0, 10.0, 16.0, 17.0))
    assert without_doubles([here, apart], [1, 2]) == [here, apart]
