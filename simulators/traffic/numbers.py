"""Numbers on labels and papers, made with their check digits.

The one rule: every number of a day is different, and its check digit is worked out here, from the published rules alone.
Sources: UPU S10 (eight digits, weights 8 6 4 2 3 5 9 7, modulus 11), the published rule for SF waybills, ISO 6346.
"""

import random

LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ"
S10_WEIGHTS = (8, 6, 4, 2, 3, 5, 9, 7)
CONTAINER_OWNERS = ("CQXU", "TGHU", "CSQU", "MSKU")


def s10(serial: int, service: str = "EE", country: str = "CN") -> str:
    """A postal item number: remainder 0 is written 5, remainder 1 is written 0."""
    digits = f"{serial:08d}"
    rest = sum(int(digit) * weight for digit, weight in zip(digits, S10_WEIGHTS, strict=True)) % 11
    check = {0: 5, 1: 0}.get(rest, 11 - rest)
    return f"{service}{digits}{check}{country}"


def sf(serial: int) -> str:
    """SF and thirteen digits, of which the first three are not covered by the check digit."""
    digits = f"{serial:012d}"
    total = 0
    for place, digit in enumerate(reversed(digits[3:])):
        product = int(digit) * (2 * place + 1)
        total += product % 10 + product // 10 % 10
    return f"SF{digits}{(10 - total % 10) % 10}"


def container(rng: random.Random) -> str:
    """An ISO 6346 number; serials whose remainder is 10 are not given out."""
    while True:
        text = rng.choice(CONTAINER_OWNERS) + f"{rng.randrange(10**6):06d}"
        rest = sum(_letter_value(char) << place for place, char in enumerate(text)) % 11
        if rest < 10:
            return f"{text}{rest}"


def plate(rng: random.Random) -> str:
    return "渝" + rng.choice("ABD") + "".join(rng.choice("0123456789" + LETTERS) for _ in range(5))


def misprinted(number: str) -> str:
    """The same number with a wrong check digit (S10: the digit before the country)."""
    place = -3 if number[-2:].isalpha() else -1
    digit = str((int(number[place]) + 1) % 10)
    return number[:place] + digit + (number[place + 1 :] if place != -1 else "")


def _letter_value(char: str) -> int:
    """A = 10 and on, without the multiples of 11."""
    if char.isdigit():
        return int(char)
    value = 10 + ord(char) - ord("A")
    for skipped in (11, 22, 33):
        value += value >= skipped
    return value
