"""Trace codes 溯源码: what stands on a released carton for whoever gets it, and leads to the public page.

One rule: a code is chance and nothing else: 75 random bits, no number of anything in it. Its last character checks the others in
GF(32), with another weight at each place: one wrong character, or any two exchanged, never pass. Letters that look like digits
are not used (I, L, O, and U) and are read as what they look like.
"""

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
RANDOM_CHARS = 15
RANDOM_BITS = 5 * RANDOM_CHARS
_VALUES = {char: value for value, char in enumerate(ALPHABET)} | {"O": 0, "I": 1, "L": 1}


def code_of(chance: int) -> str:
    """The code of so many random bits: sixteen characters."""
    if not 0 <= chance < 1 << RANDOM_BITS:
        raise ValueError("more bits than a code has, or fewer than none")
    values = [chance >> 5 * place & 31 for place in range(RANDOM_CHARS)]
    return "".join(ALPHABET[value] for value in (*values, _check(values)))


def read_code(text: str) -> str:
    """The code that somebody typed or scanned, as it is kept; empty when it can not be one."""
    chars = [char for char in text.upper() if char not in " -"]
    values = [_VALUES.get(char, -1) for char in chars]
    if len(values) != RANDOM_CHARS + 1 or -1 in values or _check(values[:-1]) != values[-1]:
        return ""
    return "".join(ALPHABET[value] for value in values)


def shown_code(code: str) -> str:
    """In groups of four, as people read it."""
    return "-".join(code[at : at + 4] for at in range(0, len(code), 4))


def _times_x(value: int) -> int:
    """Times x in GF(32), modulo x^5 + x^2 + 1, whose powers go through all 31 others: each place has a weight of its own."""
    value <<= 1
    return value ^ 0b100101 if value & 32 else value


def _check(values: list[int]) -> int:
    """Horner's scheme: each place is one power of x further, the check itself has weight one."""
    found = 0
    for value in values:
        found = _times_x(found ^ value)
    return found
