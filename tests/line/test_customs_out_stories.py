"""What customs is told and when; and that a line which does not hear customs releases nothing."""

import msgspec
import pytest

from controller.domain.arrivals import Arrival, ArrivalReceipt, ClosedInspection
from controller.domain.reasons import Role
from controller.domain.sentences import in_chinese
from controller.line.commands import Message
from controller.line.customs_events import ArrivalAnswered, CustomsHeard
from controller.line.events import DaemonStarted, DeviceDown, DeviceUp, InspectionClosed
from controller.line.explain import company_alarm, company_text, why
from controller.line.gate_events import MessageAnswered
from tests.line.line_story import CARRIER, FILE, PROFILE, Story, declared, s10

A, B, C = s10(10000001), s10(10000002), s10(10000003)
LIMIT_S = 100
LIMITED = msgspec.structs.replace(PROFILE, customs_silence_limit_s=LIMIT_S, customs_answers=True)


def messages(story: Story, kind: str) -> list[Message]:
    return [m for o in story.outcomes for m in o.messages if m.to == "customs" and m.kind == kind]


def arrivals(story: Story) -> list[Arrival]:
    return [msgspec.json.decode(m.body, type=Arrival) for m in messages(story, "arrival")]


def scan_in(story: Story, track: int, code: str) -> None:
    story.induct(track)
    story.gate(track, PROFILE.scan_zone, code)


def answer(cop_no: str, status: str, time: str = "20261123100000000") -> ArrivalAnswered:
    return ArrivalAnswered(ArrivalReceipt(cop_no, 1, "", "", status, time, "", ""), FILE)


# --- arrivals ---


def test_lists_that_are_whole_are_told_once_in_one_arrival() -> None:
    story = Story()
    story.ready(A, B)
    scan_in(story, 1, A)
    scan_in(story, 2, B)
    assert not arrivals(story)
    story.wait(61_000)
    (told,) = arrivals(story)
    assert [row.logistics_no for row in told.lists] == [A, B]
    assert (told.load_id, told.plate, told.logistics_code, told.customs_code) == ("L1", "渝A1", CARRIER, "8013")
    story.divert(1, 1)
    scan_in(story, 3, A)  # the same carton comes over the belt again
    story.wait(120_000)
    assert len(arrivals(story)) == 1
    assert story.state.lists[f"{CARRIER}/{A}"].arrival_no == told.cop_no


def test_a_list_with_a_carton_missing_is_not_told_until_that_comes() -> None:
    story = Story()
    story.manifest(declared(A, pack_no=2, gross_g=4000))
    story.receipt(A, "800")
    story.load("L1", (B, A, 1, 2), (C, A, 2, 2))
    scan_in(story, 1, B)
    story.wait(200_000)
    assert not arrivals(story)
    scan_in(story, 2, C)
    story.wait(61_000)
    assert [row.logistics_no for row in arrivals(story)[0].lists] == [A]


def test_a_list_that_comes_after_its_carton_is_told_too_and_a_withdrawn_one_is_not() -> None:
    story = Story()
    story.load("L1", (A, A, 1, 1))
    scan_in(story, 1, A)
    story.wait(200_000)
    assert not arrivals(story)
    story.manifest(declared(A))
    story.manifest(declared(A, app_type="3", app_time="20261123090000"))
    story.wait(61_000)
    assert not arrivals(story)


def test_many_lists_go_in_parts_without_a_gap() -> None:
    story = Story()
    numbers = [s10(20000000 + n) for n in range(205)]
    story.ready(*numbers)
    for key in (f"{CARRIER}/{number}" for number in numbers):
        carton = story.state.cartons[key]
        story.state.cartons[key] = msgspec.structs.replace(carton, seen_ms=1, load_id="L1")
    story.manifest(*(declared(number) for number in numbers))
    story.wait(61_000)
    told = arrivals(story)
    assert [(a.msg_seq, a.msg_count, len(a.lists)) for a in told] == [(1, 3, 100), (2, 3, 100), (3, 3, 5)]
    assert len({a.cop_no for a in told}) == 1
    assert [row.logistics_no for a in told for row in a.lists] == numbers


def test_a_number_that_no_message_can_carry_is_for_people() -> None:
    story = Story()
    number = "X" * 40
    story.manifest(declared(number))
    story.load("L1", (number, number, 1, 1))
    scan_in(story, 1, number)
    story.wait(61_000)
    assert not arrivals(story)
    assert "arrival_untold" in [a.code for a in story.alarms()]


def test_what_customs_answers_to_an_arrival_is_in_the_story_of_its_lists() -> None:
    story = Story()
    story.ready(A)
    scan_in(story, 1, A)
    story.wait(61_000)
    cop_no = arrivals(story)[0].cop_no
    outcome = story.feed(answer(cop_no, "399"))
    assert f"list:{CARRIER}/{A}" in outcome.touched
    assert not outcome.alarms
    assert [a.code for a in story.feed(answer(cop_no, "100")).alarms] == ["arrival_rejected"]
    assert [a.code for a in story.feed(answer("NOT-OURS", "399")).alarms] == ["arrival_unknown"]


# --- results ---


def test_500_then_the_result_then_800_releases_and_the_result_alone_does_not() -> None:
    story = Story()
    story.ready(A, status="500")
    refused = story.feed(InspectionClosed(f"{CARRIER}/{A}", "nothing found"), Role.OPERATOR)
    assert not refused.messages
    story.feed(InspectionClosed(f"{CARRIER}/{A}", "nothing found"), Role.OFFICER, "zhang")
    (message,) = messages(story, "inspection_closed")
    told = msgspec.json.decode(message.body, type=ClosedInspection)
    assert (told.list_key, told.cop_no, told.remark, told.closed_by) == (f"{CARRIER}/{A}", f"C{A}", "nothing found", ("zhang",))
    story.pass_to_decision(1, A)
    assert story.codes(1) == ("customs_inspection",)
    story.answer()
    story.divert(1, 1)
    story.receipt(A, "800", "20261123110000000")
    story.fetch(A)
    story.pass_to_decision(2, A)
    assert story.last(2).lane == "release"
    again = story.feed(InspectionClosed(f"{CARRIER}/{A}", "again"), Role.OFFICER)
    assert again.refusals
    assert not again.messages


# --- silence ---


def test_without_a_word_for_so_long_nothing_is_released_and_a_word_lifts_it() -> None:
    story = Story(LIMITED)
    story.ready(A, B)
    story.wait(LIMIT_S * 1000)
    assert "customs_silent" in [a.code for a in story.alarms()]
    story.pass_to_decision(1, A)
    assert story.codes(1) == ("customs_silent",)
    story.answer()
    story.divert(1, 1)
    story.feed(CustomsHeard("http"))
    story.pass_to_decision(2, B)
    assert story.last(2).lane == "release"


def test_an_answer_is_no_word_while_the_folder_of_customs_orders_can_not_be_read() -> None:
    story = Story(LIMITED)
    story.ready(A, B)
    story.feed(DeviceDown("inbox", "folder_hangs", "it does not answer"))
    story.wait((LIMIT_S - 10) * 1000)
    story.feed(CustomsHeard("http"))
    story.wait(10_000)
    assert "customs_silent" in [a.code for a in story.alarms()]
    story.pass_to_decision(1, A)
    assert story.codes(1) == ("customs_silent",)
    story.answer()
    story.divert(1, 1)
    story.feed(DeviceUp("inbox"))
    story.feed(CustomsHeard("http"))
    story.pass_to_decision(2, B)
    assert story.last(2).lane == "release"


def test_silence_takes_back_a_release_that_still_can_be() -> None:
    story = Story(LIMITED)
    story.ready(A)
    story.wait((LIMIT_S - 10) * 1000)
    story.pass_to_decision(1, A)
    assert story.last(1).lane == "release"
    story.answer()
    story.wait(30_000)
    assert story.codes(1) == ("customs_silent",)


def test_a_receipt_that_says_nothing_new_is_no_word() -> None:
    story = Story(LIMITED)
    story.ready(A)
    story.wait(LIMIT_S * 1000)
    story.receipt(A, "800")  # the same again
    story.receipt(A, "120", "20261123080000000")  # an older one
    story.pass_to_decision(1, A)
    assert story.codes(1) == ("customs_silent",)
    story.receipt(A, "800", "20261123120000000")
    assert story.last(1).lane == "release"


@pytest.mark.parametrize("answers", [True, False])
def test_an_answer_to_a_message_is_a_word_only_where_customs_itself_gives_it(answers: bool) -> None:
    story = Story(msgspec.structs.replace(LIMITED, customs_answers=answers))
    story.wait(LIMIT_S * 1000)
    story.feed(MessageAnswered("port", 1, 0, "x", "accepted", ""))
    assert story.state.facts.customs_heard_ms < 0
    story.feed(MessageAnswered("customs", 1, 0, "x", "accepted", ""))
    assert (story.state.facts.customs_heard_ms >= 0) is answers


def test_after_a_restart_the_next_word_is_waited_for() -> None:
    story = Story(LIMITED)
    story.ready(A)
    story.feed(DaemonStarted("again", "0"))
    story.sync()
    story.pass_to_decision(1, A)
    assert story.codes(1) == ("customs_silent",)
    story.feed(DeviceUp("inbox"))
    story.feed(CustomsHeard("http"))
    assert story.last(1).lane == "release"


@pytest.mark.parametrize("down", [False, True])
def test_after_a_restart_an_answer_is_no_word_before_the_folder_of_customs_orders_was_read(down: bool) -> None:
    """Before the restart it could be read, or it could not: nobody knows what lies in it now."""
    story = Story(LIMITED)
    story.ready(A)
    if down:
        story.feed(DeviceDown("inbox", "folder_hangs", "it does not answer"))
    story.feed(DaemonStarted("again", "0"))
    story.sync()
    story.feed(DeviceUp("scale"))
    story.feed(CustomsHeard("http"))
    story.feed(MessageAnswered("customs", 1, 0, "x", "accepted", ""))
    story.pass_to_decision(1, A)
    assert story.codes(1) == ("customs_silent",)
    story.feed(DeviceUp("inbox"))
    assert story.codes(1) == ("customs_silent",)
    story.feed(CustomsHeard("http"))
    assert story.last(1).lane == "release"


@pytest.mark.parametrize("began", ["restart", "away"])
def test_a_receipt_out_of_an_inbox_that_is_not_read_to_its_end_is_a_word_when_it_is(began: str) -> None:
    """Behind a release there may lie the order to inspect that came after it."""
    story = Story(LIMITED)
    story.ready(A, B, C)
    if began == "restart":
        story.feed(DaemonStarted("again", "0"))
        story.sync()
    else:
        story.feed(DeviceDown("inbox", "folder_hangs", "it does not answer"))
        story.wait(LIMIT_S * 1000)
    story.receipt(A, "800", "20261123120000000")
    story.pass_to_decision(1, A)
    assert story.codes(1) == ("customs_silent",)
    story.answer()
    story.divert(1, 1)
    story.wait(20_000)
    read_ms = story.now_ms
    story.receipt(B, "500", "20261123120100000")
    story.wait(10_000)
    story.feed(DeviceUp("inbox"))
    story.pass_to_decision(2, B)
    assert story.codes(2) == ("customs_inspection",)
    story.answer()
    story.divert(2, 1)
    story.pass_to_decision(3, C)
    assert story.last(3).lane == "release"
    assert story.state.facts.customs_heard_ms == read_ms, "it is as old as its reading"


def test_a_word_of_before_a_restart_is_none_after_it() -> None:
    story = Story(LIMITED)
    story.ready(A)
    story.feed(DaemonStarted("again", "0"))
    story.receipt(A, "800", "20261123120000000")
    story.feed(DaemonStarted("once more", "0"))
    story.sync()
    story.feed(DeviceUp("inbox"))
    story.pass_to_decision(1, A)
    assert story.codes(1) == ("customs_silent",)


def test_a_limit_of_0_never_minds() -> None:
    story = Story()
    story.ready(A)
    story.wait(10_000_000)
    story.pass_to_decision(1, A)
    assert story.last(1).lane == "release"


def test_why_and_the_story_tell_what_was_told_and_the_company_sees_nothing_of_an_inspection() -> None:
    story = Story()
    story.ready(A, status="500")
    story.feed(InspectionClosed(f"{CARRIER}/{A}", "nothing found"), Role.OFFICER)
    texts = [f.text for f in story.outcomes[-1].findings if f.subject == f"list:{CARRIER}/{A}"]
    texts += [f.text for f in story.feed(MessageAnswered("customs", 1, 0, f"list:{CARRIER}/{A}", "accepted", "")).findings]
    assert "customs look: customs answered: accepted" in texts
    assert [shown for text in texts if (shown := company_text(text))] == ["customs closed its check"]
    scan_in(story, 1, A)
    story.wait(61_000)
    (told,) = arrivals(story)
    story.feed(answer(told.cop_no, "399"))
    facts = [fact.text for answer_ in why(story.state, A) for fact in answer_.facts]
    assert f"arrival: {told.cop_no} told to customs, answered 399" in facts


def test_a_result_that_customs_does_not_take_is_an_alarm_that_names_no_list_to_the_company() -> None:
    story = Story(LIMITED)
    story.feed(MessageAnswered("customs", 9, 0, f"list:{CARRIER}/{A}", "refused", "no such inspection"))
    (alarm,) = [one for one in story.alarms() if one.code == "message_refused"]
    assert in_chinese(alarm.detail) == f"海关: 清单 {CARRIER}/{A} 的报文被拒: no such inspection", "customs sees which"
    assert (alarm.subject, company_alarm(alarm)) == ("customs", ("message_refused", ""))
    story.feed(MessageAnswered("customs", 10, 0, "load:L1", "refused", "no such office"))
    assert story.alarms()[-1].subject == "load:L1", "an arrival is the company's own to look at"
