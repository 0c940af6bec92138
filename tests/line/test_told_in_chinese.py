"""What the core says of rich days, in Chinese: no sentence of it is left in Latin letters, whoever reads."""

import re
from collections.abc import Iterator

import pytest

from controller.domain.reasons import Role
from controller.domain.sentences import in_chinese, no_in_chinese, recognised
from controller.line.afterwards_events import SampleReviewed
from controller.line.commands import Outcome
from controller.line.custody_events import CustodyEnded, CustodyMoved, StockTaken
from controller.line.events import CartonRemoved, HoldLifted, HoldPlaced, LineCommanded, RecordsIncomplete, RerunOrdered
from controller.line.explain import company_text
from controller.line.recheck_events import PartyPresent, SecondOfficerCalled, WitnessSigned
from controller.line.seal_events import SealReported, SecondLook
from controller.line.trace_events import TraceCodeIssued
from tests.console.story_bench import a_day
from tests.line.departure_story import BOX, GATED
from tests.line.line_story import s10
from tests.line.recheck_story import CUP, LAMP, SEAL_NO, STRANGE, WU, ZHOU, Bench

A, B, C = s10(10000001), s10(10000002), s10(10000003)
LATIN = re.compile(r"[A-Za-z][\w'-]*(?:[ ,;:]+[A-Za-z][\w'-]*){3,}")


def said(outcome: Outcome) -> Iterator[tuple[str, str]]:
    """Everything of an outcome that a screen shows, and what kind of text it is."""
    yield from (("finding", one.text) for one in outcome.findings)
    yield from (("alarm", one.detail) for one in outcome.alarms)
    for one in outcome.refusals:
        yield "refusal", one.cause
        yield "next step", one.next_step
    for decision in outcome.decisions:
        yield from (("fact", f"{fact.name}: {fact.value}") for fact in decision.facts)
        yield from (("blocker", blocker.cause) for blocker in decision.blockers)


def bench_day() -> Bench:
    """One carton opens as declared and is loaded and leaves, one is detained and kept; people make their mistakes on the way."""
    story = Bench()
    story.benched(A, B, C)
    story.feed(SealReported("L1", "broken", "剪断"), Role.OPERATOR, "li")
    story.feed(SecondLook("L1", True, "看过"), Role.SECTION_CHIEF, "ke")
    for track, number in enumerate((A, B), start=1):
        story.to_inspect(track, number)
    story.matched(A, by_hand=True)
    story.feed(TraceCodeIssued(f"EMS001/{A}", "0123456789ABCDEF"))
    story.opens(B)
    story.things(CUP, STRANGE)
    story.read(LAMP)
    story.feed(SecondOfficerCalled(B), Role.OFFICER, ZHOU)
    story.feed(PartyPresent(B, "refused", "陈某"), Role.OFFICER, ZHOU)
    story.feed(WitnessSigned(B), Role.SHIFT_LEAD, "ban")
    for role in (Role.OPERATOR, Role.OFFICER):
        story.decides(B, "released")
        story.feed(CustodyMoved(B, "cage 1"), role, "li")
    story.decides(B, "detained", place="cage 1")
    story.confirms(B, "released", WU)
    story.confirms(B, "detained", WU)
    story.feed(StockTaken("cage 1", (B, A, "X1")), Role.OPERATOR, "li")
    story.feed(CustodyEnded(B, "送检"), Role.OPERATOR, "li")
    story.feed(HoldPlaced("H1", "carton", f"EMS001/{C}", "company_hold", "破损"), Role.OPERATOR, "li")
    story.feed(HoldLifted("H1", "已修"), Role.OPERATOR, "li")
    story.feed(HoldLifted("H1", "已修"), Role.SHIFT_LEAD, "ban")
    story.feed(RerunOrdered(B, "inspect", ""), Role.OPERATOR, "li")
    story.feed(CartonRemoved(C, "shelf 2", "倒箱"), Role.OPERATOR, "li")
    story.feed(LineCommanded("stop", "堵塞"), Role.OPERATOR, "li")
    story.feed(RecordsIncomplete((45, 77), "IntegrityError", 2))
    story.feed(RecordsIncomplete((46,), "ValueError", 1, "statistics"))
    story.open("TGHU1234560")
    story.open()
    for code in ("garbage", B, A, SEAL_NO, A, A):
        story.scan(code)
    story.close(2)
    story.close(1)
    story.weigh_box(9000)
    story.weigh_box(2600)
    story.seal("S")
    story.seal()
    story.issue(Role.OPERATOR)
    story.issue()
    story.arrive(box="", plate="")
    story.check(1)
    story.arrive(seal="OTHER")
    story.check(1)
    story.arrive()
    story.barrier(1)
    story.wait(GATED.forget_after_s * 1000 + 1000)  # its inspection record is overdue
    story.feed(SampleReviewed("1:1", "x", f"EMS001/{A}", "open", "再看", "zhang"), Role.OFFICER, "zhao")
    return story


@pytest.fixture(scope="module")
def outcomes() -> tuple[Outcome, ...]:
    day = bench_day()
    assert day.state.containers[BOX].departed_ms >= 0, "the day goes to its end"
    return (*day.outcomes, *a_day().outcomes)


def test_the_days_are_rich(outcomes: tuple[Outcome, ...]) -> None:
    texts = [kind for outcome in outcomes for kind, text in said(outcome) if text]
    for kind, least in (("finding", 70), ("alarm", 6), ("refusal", 12), ("fact", 25), ("blocker", 4)):
        assert texts.count(kind) >= least, (kind, texts.count(kind))


def test_nothing_that_is_said_stays_latin(outcomes: tuple[Outcome, ...]) -> None:
    left = {text for outcome in outcomes for _, text in said(outcome) if text and LATIN.search(in_chinese(text))}
    assert not left


def test_every_sentence_is_known_and_so_is_what_the_company_reads(outcomes: tuple[Outcome, ...]) -> None:
    """What people typed on this day has no two Latin words behind each other."""
    unknown = set()
    for outcome in outcomes:
        for kind, text in said(outcome):
            for shown in (text, company_text(text, ("800",))):
                if shown and recognised(shown) is None and re.search("[a-z]+ [a-z]+", shown):
                    unknown.add((kind, shown))
    assert not unknown


def test_a_refusal_whose_cause_nobody_knows_says_its_code() -> None:
    assert no_in_chinese("alarm_out_of_service", "it is out of service") == "已停用"
    assert no_in_chinese("door_taken", "quite another cause") == "装车口被占: quite another cause"
