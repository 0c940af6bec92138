"""A line with an open-box bench: `Bench` opens cartons, scans things, takes stills and lets officers decide."""

from msgspec.structs import replace

from controller.domain.declarations import DeclaredItem
from controller.domain.identifiers import mod10_digit
from controller.domain.reasons import Role
from controller.line.commands import Outcome, TakeStill
from controller.line.event_base import EvidenceNamed
from controller.line.events import CodesRead, ConfigLoaded, ReadText
from controller.line.recheck_events import NewSealSet, RecheckConfirmed, RecheckDecided, RecheckOpened, StillTaken
from controller.line.recheck_state import Recheck
from controller.line.state import Carton
from tests.line.departure_story import GATED, Departure
from tests.line.line_story import CARRIER, declared

BENCHED = replace(GATED, bench_readers=("bench",), bench_cameras=("bench-camera",))
ZHOU, WU, ZHENG, MA = "zhou", "wu", "zheng", "ma"
SEAL_NO = "XYR0000001"


def gtin(serial: int) -> str:
    """An EAN-13 with a right check digit."""
    digits = f"690{serial:09d}"
    return f"{digits}{mod10_digit(digits)}"


CUP, LAMP, STRANGE = gtin(1), gtin(2), gtin(99)


def item(gnum: int, bar_code: str, qty: str) -> DeclaredItem:
    return DeclaredItem(gnum, "9617009000", f"goods {gnum}", bar_code, qty, "007")


ITEMS = (item(1, CUP, "2"), item(2, LAMP, "1"))


class Bench(Departure):
    """Two cups and a lamp are declared for every carton."""

    def __init__(self) -> None:
        super().__init__()
        self.traces = 0
        self.stills = 0

    def benched(self, *numbers: str, gross_g: int = 2000, status: str = "800", items: tuple[DeclaredItem, ...] = ITEMS) -> None:
        self.feed(ConfigLoaded(BENCHED, "cf" * 32, "test", "c5" * 32))
        self.manifest(*(declared(n, gross_g=gross_g, items=items) for n in numbers))
        for number in numbers:
            self.receipt(number, status)
        self.load("L1", *((n, n, 1, 1) for n in numbers))

    def to_inspect(self, track: int, number: str, weight_g: int = 2600) -> None:
        """Too heavy: it takes the inspect lane as a suspicion."""
        self.pass_to_decision(track, number, weight_g)
        self.answer()
        self.divert(track, 1)

    def opens(self, number: str, actor: str = ZHOU, role: Role = Role.OFFICER) -> Outcome:
        return self.feed(RecheckOpened(number, "bench"), role, actor)

    def read(self, *codes: str) -> Outcome:
        self.wait(500)
        return self.feed(CodesRead("bench", "bench", tuple(ReadText(c) for c in codes), False, self.now_ms))

    def things(self, *products: str) -> None:
        """Each with a trace code of its own."""
        for product in products:
            self.traces += 1
            self.read(product)
            self.read(f"TRACE{self.traces:08d}")

    def still(self, number: str) -> Outcome:
        """The camera answers the last still that was asked for."""
        asked = self.asked()[-1]
        self.stills += 1
        picture = EvidenceNamed(f"{self.stills:064x}", 9, f"still-{self.stills}.jpg")
        return self.feed(StillTaken(asked.work_id, asked.recheck_id, asked.camera, picture, self.now_ms))

    def seals(self, number: str, seal_no: str = SEAL_NO) -> Outcome:
        outcome = self.feed(NewSealSet(number, seal_no), Role.OFFICER, ZHOU)
        self.still(number)
        return outcome

    def decides(self, number: str, outcome: str, actor: str = ZHOU, *, by_hand: bool = False, place: str = "") -> Outcome:
        return self.feed(RecheckDecided(number, outcome, by_hand, place, "looked"), Role.OFFICER, actor)

    def confirms(self, number: str, outcome: str, actor: str = WU, role: Role = Role.OFFICER) -> Outcome:
        return self.feed(RecheckConfirmed(number, outcome), role, actor)

    def matched(self, number: str, *, by_hand: bool = False, seal_no: str = SEAL_NO) -> Outcome:
        """A whole recheck in which everything is as declared."""
        assert not self.opens(number).refusals
        self.things(CUP, CUP, LAMP)
        assert not self.seals(number, seal_no).refusals
        assert not self.decides(number, "released", by_hand=by_hand).refusals
        return self.confirms(number, "released")

    def asked(self) -> list[TakeStill]:
        return [c for o in self.outcomes for c in o.commands if isinstance(c, TakeStill)]

    def recheck(self, number: str) -> Recheck:
        return self.state.rechecks[self.state.cartons[f"{CARRIER}/{number}"].recheck]

    def carton(self, number: str) -> Carton:
        return self.state.cartons[f"{CARRIER}/{number}"]

    def kinds(self, number: str) -> list[str]:
        return [one.kind for one in self.recheck(number).differences]
