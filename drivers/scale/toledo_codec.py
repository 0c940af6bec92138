"""Toledo continuous output <-> frozen values, without I/O.

Rule: the frame carries digits without point, sign or unit, so its status bytes are read first and a frame of which one part
does not fit is `Garbled`. Fixed bits are not looked at (makers differ), bit 7 may be parity. Source: Toledo continuous
format (docs/devices/scale-toledo.md).

| byte | meaning |
|---|---|
| 0 | STX (02) |
| 1 SWA | b0-2 place of the point: 0 `xxxx00`, 1 `xxxxx0`, 2 `xxxxxx`, 3 `xxxxx.x` ... 7 `x.xxxxx` |
| 2 SWB | b0 net, b1 negative, b2 out of range, b3 in motion, b4 kg (else lb), b6 not zeroed since power-up |
| 3 SWC | b0-2 unit: 0 as SWB b4 says, 1 g, others are not accepted |
| 4-9 | weight, six digits, spaces in front |
| 10-15 | tare, six digits |
| 16 | CR (0D) |
| 17 | only where the scale is set to it: check byte, the low 7 bits of all 18 sum to 0 |

| state | STX | other byte |
|---|---|---|
| IDLE | FRAME | IDLE; the first stray byte since the last frame gives `Garbled` |
| FRAME, not full | `Garbled`, FRAME anew | FRAME |
| FRAME, full | a value, IDLE | a value, IDLE |
"""

from decimal import Decimal

from drivers.scale.values import GRAMS, GRAMS_IMPERIAL, Garbled, NoWeight, Reason, ScaleValue, Weight, whole_grams

STX, CR = 0x02, 0x0D
BODY_BYTES = 17
_NET, _NEGATIVE, _OUT_OF_RANGE, _MOTION, _KILOGRAMS, _NOT_ZEROED = 0x01, 0x02, 0x04, 0x08, 0x10, 0x40
_UNIT_AS_SWB, _UNIT_GRAMS = 0, 1
_POWER_OF = {place: Decimal(10) ** (2 - place) for place in range(8)}


class ToledoCodec:
    """The state of one stream. `checked`: frames end with a check byte. Pounds are refused unless allowed."""

    def __init__(self, *, checked: bool = False, imperial: bool = False) -> None:
        self._length = BODY_BYTES + checked
        self._checked = checked
        self._imperial = imperial
        self._frame = bytearray()
        self._strayed = False

    def receive(self, data: bytes) -> list[ScaleValue]:
        values: list[ScaleValue] = []
        for byte in data:
            value = self._take(byte)
            if value is not None:
                values.append(value)
        return values

    def _take(self, byte: int) -> ScaleValue | None:
        starts = byte & 0x7F == STX and len(self._frame) < BODY_BYTES
        if not self._frame and not starts:
            return self._stray(byte)
        if starts and self._frame:
            short = bytes(self._frame)
            self._frame[:] = (byte,)
            return Garbled(short, f"a frame of {len(short)} bytes, {self._length} are right")
        self._frame.append(byte)
        if len(self._frame) < self._length:
            return None
        frame = bytes(self._frame)
        self._frame.clear()
        self._strayed = False
        return frame_value(frame, checked=self._checked, imperial=self._imperial)

    def _stray(self, byte: int) -> Garbled | None:
        """Between frames there is nothing; a scale that sends more is set up otherwise."""
        if self._strayed:
            return None
        self._strayed = True
        return Garbled(bytes((byte,)), "bytes outside a frame: check the scale's output mode and check byte setting")


def frame_value(frame: bytes, *, checked: bool, imperial: bool) -> ScaleValue:
    """A frame of full length, read by the first table."""
    plain = bytes(byte & 0x7F for byte in frame)
    if checked and sum(plain) & 0x7F:
        return Garbled(frame, "the check byte does not fit")
    if plain[16] != CR:
        return Garbled(frame, "no CR where the frame ends")
    swa, swb, swc = plain[1], plain[2], plain[3]
    digits = plain[4:10].lstrip(b" ")
    if not digits.isdigit() or not plain[10:16].lstrip(b" ").isdigit():
        return Garbled(frame, "weight or tare is not six digits")
    if swb & _OUT_OF_RANGE:
        reason = Reason.UNDERLOAD if swb & _NEGATIVE else Reason.OVERLOAD
        return NoWeight(reason, "outside the scale's range", frame)
    if swb & _NOT_ZEROED:
        return NoWeight(Reason.UNZEROED, "not zeroed since power-up: zero the empty scale", frame)
    if swb & _NET:
        return NoWeight(Reason.TARED, "a tare is set: clear it at the scale", frame)
    factor = _factor(swb, swc, imperial=imperial)
    if factor is None:
        return NoWeight(Reason.UNIT, "its unit is not accepted: set the scale to g or kg", frame)
    weight_g = whole_grams(Decimal(digits.decode("ascii")) * _POWER_OF[swa & 0x07] * factor)
    return Weight(-weight_g if swb & _NEGATIVE else weight_g, not swb & _MOTION, frame)


def _factor(swb: int, swc: int, *, imperial: bool) -> Decimal | None:
    unit = swc & 0x07
    if unit == _UNIT_GRAMS:
        return GRAMS["g"]
    if unit != _UNIT_AS_SWB:
        return None
    if swb & _KILOGRAMS:
        return GRAMS["kg"]
    return GRAMS_IMPERIAL["lb"] if imperial else None
