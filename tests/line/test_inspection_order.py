"""Customs' order to inspect a list has its result when every carton of it was opened since it came, and by nothing before it."""

from controller.domain.reasons import Role
from controller.line.events import ConfigLoaded, InspectionClosed
from controller.line.recheck_events import NewSealSet
from tests.line.line_story import CARRIER, declared, s10
from tests.line.recheck_story import BENCHED, CUP, LAMP, MA, WU, ZHENG, ZHOU, Bench, item

A, B, L = s10(10000001), s10(10000002), s10(10000009)
KEY = f"{CARRIER}/{L}"
SUN, LI = "sun", "li"


class OfTwo(Bench):
    """A list of two cartons that customs released; the first stands in the inspect lane."""

    def __init__(self) -> None:
        super().__init__()
        self.feed(ConfigLoaded(BENCHED, "cf" * 32, "test", "c5" * 32))
        self.manifest(declared(L, pack_no=2, gross_g=4000, items=(item(1, CUP, "2"), item(2, LAMP, "2"))))
        self.receipt(L, "800")
        self.load("L1", (A, L, 1, 2), (B, L, 2, 2))
        self.to_inspect(1, A, 2000)
        self.seals_used = 0

    def begin(self, number: str, first: str) -> None:
        assert not self.opens(number, actor=first).refusals
        self.things(CUP, LAMP)
        self.seals_used += 1
        self.feed(NewSealSet(number, f"XYR000000{self.seals_used}"), Role.OFFICER, first)
        self.still(number)

    def let_go(self, number: str, first: str, second: str) -> None:
        assert not self.decides(number, "released", actor=first).refusals
        assert not self.confirms(number, "released", actor=second).refusals

    def order(self, time: str = "20261123100000000") -> None:
        self.wait(1000)
        self.receipt(L, "500", time)
        self.wait(1000)

    def stands(self) -> bool:
        told = [message for message in self.messages() if message.kind == "inspection_closed"]
        is_open = self.state.lists[KEY].inspection_open
        assert is_open is not bool(told)
        return is_open


def test_what_was_opened_before_the_order_is_opened_once_more() -> None:
    story = OfTwo()
    story.begin(A, ZHOU)
    story.let_go(A, ZHOU, WU)
    story.order()
    story.to_inspect(2, B, 2000)
    story.begin(B, ZHENG)
    story.let_go(B, ZHENG, MA)
    assert story.stands()
    story.receipt(L, "800", "20261123110000000")
    story.pass_to_decision(3, A, 2000, None, "XYR0000001")
    assert story.codes(3) == ("inspection_open",)
    story.divert(3, 1)
    story.begin(A, ZHENG)
    story.let_go(A, ZHENG, MA)
    assert not story.stands()
    story.fetch(A)
    story.pass_to_decision(4, A, 2000, None, "XYR0000003")
    assert story.codes(4) == ()


def test_a_recheck_that_is_open_when_the_order_comes_was_not_begun_for_it() -> None:
    story = OfTwo()
    story.to_inspect(2, B, 2000)
    story.begin(A, ZHOU)
    story.order()
    story.let_go(A, ZHOU, WU)
    story.begin(B, ZHENG)
    story.let_go(B, ZHENG, MA)
    assert story.stands()
    story.feed(InspectionClosed(KEY, "looked at both"), Role.OFFICER, "zhang")
    assert not story.stands(), "an officer may say so all the same"


def test_nor_does_it_let_its_own_carton_go_by_hand() -> None:
    story = OfTwo()
    story.to_inspect(2, B, 2000)
    story.begin(A, ZHOU)
    story.order()
    story.receipt(L, "800", "20261123110000000")
    refused = story.decides(A, "released", actor=ZHOU, by_hand=True).refusals
    assert [one.code for one in refused] == ["inspection_open"]
    story.let_go(A, ZHOU, WU)
    story.begin(A, ZHENG)
    assert not story.decides(A, "released", actor=ZHENG, by_hand=True).refusals


def test_a_second_order_wants_every_carton_opened_again() -> None:
    story = OfTwo()
    story.to_inspect(2, B, 2000)
    story.order()
    story.begin(A, ZHOU)
    story.let_go(A, ZHOU, WU)
    story.order("20261123103000000")
    story.begin(B, ZHENG)
    story.let_go(B, ZHENG, MA)
    assert story.stands()
    story.begin(A, SUN)
    story.let_go(A, SUN, LI)
    assert not story.stands()


def test_the_same_order_told_again_wants_nothing_more() -> None:
    story = OfTwo()
    story.to_inspect(2, B, 2000)
    story.order()
    story.begin(A, ZHOU)
    story.let_go(A, ZHOU, WU)
    story.order()
    story.begin(B, ZHENG)
    story.let_go(B, ZHENG, MA)
    assert not story.stands()
