"""MT-SICS bytes <-> frozen values, without I/O.

Rule: an answer is read by its tokens, not its columns, because makers differ in the columns; whatever is not
exactly an answer becomes `Garbled`. Source: MT-SICS level 0 (commands S and SI);
docs/devices/scale-mt-sics.md.

| state | CR or LF | other byte | limit reached |
|---|---|---|---|
| EMPTY | EMPTY | LINE | - |
| LINE | EMPTY, a value | LINE | SKIP |
| SKIP | EMPTY, `Garbled` | SKIP (byte dropped) | SKIP |

| tokens | value |
|---|---|
| `S` or `SI`, then `S` or `D`, number, unit | `Weight` (stable or moving) |
| `S` or `SI`, then `I` | `NoWeight` (not possible now) |
| `S` or `SI`, then `+` | `NoWeight` (overload) |
| `S` or `SI`, then `-` | `NoWeight` (underload) |
| `ES`, `ET` or `EL` | `NoWeight` (error) |
| anything else | `Garbled` |
"""

import re
from decimal import Decimal

from drivers.scale.values import GRAMS, GRAMS_IMPERIAL, Garbled, NoWeight, Reason, ScaleValue, Weight, whole_grams

LINE_LIMIT_BYTES = 80
REQUEST_STABLE = b"S\r\n"
REQUEST_NOW = b"SI\r\n"

_NUMBER = re.compile(r"[0-9]{1,9}(\.[0-9]{1,6})?")
_ERRORS = {
    "ES": "the scale does not know the request",
    "ET": "the scale received the request damaged",
    "EL": "the scale cannot do what was asked",
}


class SicsCodec:
    """The state of one stream. Pounds and ounces are refused unless allowed: a site that weighs in grams
    and reads `lb` has a wrong setting at the scale.
    """

    def __init__(self, *, imperial: bool = False) -> None:
        self._units = GRAMS | GRAMS_IMPERIAL if imperial else GRAMS
        self._line = bytearray()
        self._dropped = 0

    def reset(self) -> None:
        """Forget a line that has begun; the next request starts clean."""
        self._line.clear()
        self._dropped = 0

    def receive(self, data: bytes) -> list[ScaleValue]:
        values: list[ScaleValue] = []
        for byte in data:
            if byte in b"\r\n":
                if self._line:
                    values.append(self._end_of_line())
            elif len(self._line) < LINE_LIMIT_BYTES:
                self._line.append(byte)
            else:
                self._dropped += 1
        return values

    def _end_of_line(self) -> ScaleValue:
        raw, dropped = bytes(self._line), self._dropped
        self.reset()
        if dropped:
            return Garbled(raw, f"longer than {LINE_LIMIT_BYTES} bytes; {dropped} dropped")
        return answer_of(raw, self._units)


def answer_of(raw: bytes, units: dict[str, Decimal]) -> ScaleValue:
    """One line without its end, read by the table at the top."""
    try:
        text = raw.decode("ascii")
    except UnicodeDecodeError:
        return Garbled(raw, "not ASCII")
    match text.split():
        case ["ES" | "ET" | "EL" as error]:
            return NoWeight(Reason.ERROR, _ERRORS[error], raw)
        case ["S" | "SI", "I"]:
            return NoWeight(Reason.NOT_POSSIBLE, "the scale is busy or did not come to rest", raw)
        case ["S" | "SI", "+"]:
            return NoWeight(Reason.OVERLOAD, "more than the scale can weigh", raw)
        case ["S" | "SI", "-"]:
            return NoWeight(Reason.UNDERLOAD, "less than the scale's range: the platform is lifted or missing", raw)
        case ["S" | "SI", "S" | "D" as state, number, unit]:
            return _weight(number, unit, state == "S", raw, units)
        case ["S" | "SI", "S" | "D" as state, "+" | "-" as sign, number, unit]:
            return _weight(sign + number, unit, state == "S", raw, units)
        case _:
            return _no_answer(raw)


def _weight(number: str, unit: str, stable: bool, raw: bytes, units: dict[str, Decimal]) -> ScaleValue:
    negative = number.startswith("-")
    magnitude = number[1:] if number[:1] in ("+", "-") else number
    if _NUMBER.fullmatch(magnitude) is None:
        return _no_answer(raw)
    factor = units.get(unit)
    if factor is None:
        return NoWeight(Reason.UNIT, f"unit {unit!r} is not accepted: set the scale to g or kg", raw)
    weight_g = whole_grams(Decimal(magnitude) * factor)
    return Weight(-weight_g if negative else weight_g, stable, raw)


def _no_answer(raw: bytes) -> Garbled:
    return Garbled(raw, "not an answer to S or SI")
