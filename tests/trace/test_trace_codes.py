"""Trace codes: chance alone, read as people write them, and never taken for another by a slip."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from controller.domain.trace_codes import ALPHABET, RANDOM_BITS, code_of, read_code, shown_code

CHANCE = st.integers(0, (1 << RANDOM_BITS) - 1)


@given(CHANCE)
def test_every_code_is_read_back_however_it_is_written(chance: int) -> None:
    code = code_of(chance)
    assert len(code) == 16
    for text in (code, code.lower(), shown_code(code), f" {shown_code(code)} ", code.replace("0", "O").replace("1", "l")):
        assert read_code(text) == code


@given(CHANCE, st.integers(0, 15), st.sampled_from(ALPHABET))
def test_one_wrong_character_is_always_seen(chance: int, place: int, char: str) -> None:
    code = code_of(chance)
    wrong = code[:place] + char + code[place + 1 :]
    assert (read_code(wrong) != "") == (wrong == code)


@given(CHANCE, st.integers(0, 15), st.integers(0, 15))
def test_two_exchanged_characters_are_always_seen(chance: int, one: int, other: int) -> None:
    chars = list(code_of(chance))
    chars[one], chars[other] = chars[other], chars[one]
    assert (read_code("".join(chars)) != "") == ("".join(chars) == code_of(chance))


def test_codes_have_at_least_64_random_bits_and_one_in_32_guesses_is_well_formed() -> None:
    assert RANDOM_BITS >= 64
    assert len({code_of(1 << bit) for bit in range(RANDOM_BITS)}) == RANDOM_BITS, "every bit shows"
    assert sum(read_code(code_of(7)[:15] + char) != "" for char in ALPHABET) == 1
    for chance in (-1, 1 << RANDOM_BITS):
        with pytest.raises(ValueError, match="bits"):
            code_of(chance)


@given(st.text(max_size=40))
def test_anything_else_is_no_code(text: str) -> None:
    code = read_code(text)
    assert code == "" or read_code(code) == code
