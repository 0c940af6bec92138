"""What truly hangs at the doors of a truck, given what its notice announces.

The one rule: a seal that was swapped, or announced with a slip of the pen, has another number; which of the two it was, nobody
can see at the seal.
"""

from msgspec.structs import replace

from simulators.plant.dock import Condition, Seal
from simulators.traffic.parcels import SealTrouble


def hanging(announced: tuple[str, ...], trouble: SealTrouble) -> tuple[Seal, ...]:
    """The bolt seal is the first, the electronic lock the second; trouble is with the first."""
    first, *others = (Seal(number) for number in announced)
    return (troubled(first, trouble), *others)


def troubled(seal: Seal, trouble: SealTrouble) -> Seal:
    match trouble:
        case SealTrouble.SWAPPED | SealTrouble.MISTYPED:
            last = seal.number[-1]
            return replace(seal, number=seal.number[:-1] + ("0" if last == "9" else chr(ord(last) + 1)))
        case SealTrouble.BROKEN:
            return replace(seal, condition=Condition.BROKEN)
        case SealTrouble.ABSENT:
            return replace(seal, condition=Condition.ABSENT)
        case SealTrouble.DIRTY:
            return replace(seal, dirty=True)
        case _:
            return seal
