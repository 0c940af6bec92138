"""PATLITE signal towers over TCP: the PNS "run control" command, bytes <-> frozen values, without I/O.

Rule: the whole picture is sent each time (every lamp and the buzzer), never a change, so that a lost command heals with the next.
Source: PATLITE NH/LA6 command reference (docs/devices/beacon-patlite.md).

| bytes | meaning |
|---|---|
| `58 58` | product class |
| `53` | run control |
| `00` | |
| `00 06` | length of what follows |
| R A G B W | each 0 off, 1 on, 2 flashing |
| buzzer | 0 off, 1 to 4 a pattern |
| answer `06` | taken |
| answer `15` | not taken |
"""

from enum import Enum

import msgspec

ACK, NAK = 0x06, 0x15
_HEAD = bytes((0x58, 0x58, 0x53, 0x00, 0x00, 0x06))


class Lamp(Enum):
    """The value of a lamp on the wire."""

    OFF = 0
    ON = 1
    FLASHING = 2


class Picture(msgspec.Struct, frozen=True):
    """What the tower shall show. `buzzer` is a pattern 1 to 4, 0 = silent."""

    red: Lamp = Lamp.OFF
    amber: Lamp = Lamp.OFF
    green: Lamp = Lamp.OFF
    blue: Lamp = Lamp.OFF
    white: Lamp = Lamp.OFF
    buzzer: int = 0


class Answer(Enum):
    TAKEN = "taken"
    REFUSED = "refused"
    NONSENSE = "nonsense"


def run_control(picture: Picture) -> bytes:
    """The command that makes the tower show this. ValueError for a buzzer pattern that is none."""
    if not 0 <= picture.buzzer <= 4:
        raise ValueError(f"buzzer pattern {picture.buzzer}; 0 to 4 are possible")
    lamps = (picture.red, picture.amber, picture.green, picture.blue, picture.white)
    return _HEAD + bytes((*(lamp.value for lamp in lamps), picture.buzzer))


def answer_of(byte: int) -> Answer:
    """One byte of the answer."""
    return {ACK: Answer.TAKEN, NAK: Answer.REFUSED}.get(byte, Answer.NONSENSE)
