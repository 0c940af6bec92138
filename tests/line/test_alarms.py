"""The life of alarms in the core: nothing that stands is hidden, nothing that is over keeps calling, and a replay agrees."""

import ast
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from msgspec.structs import replace

from controller.domain.alarms import ALARMS, CONSEQUENCES, hidden, kind_of
from controller.domain.reasons import CATALOGUE, Role
from controller.line.alarm_acts import OUT_MOST, SHIFT_LONGEST_MIN
from controller.line.alarm_state import AlarmState, StandingAlarm
from controller.line.alarming import ALARMS_KEPT, GRACE_MS, START_QUIET_MS, UNHEARD_MS
from controller.line.apply import apply
from controller.line.belt import PlcFlag, RingKind
from controller.line.commands import Outcome
from controller.line.events import DaemonStarted, DeviceDown, DeviceUp, ImportRefused, LineCommanded, LoadArrived
from controller.line.inspection_events import ImageRefused, SelectionFailed
from controller.line.people_events import (
    AlarmAcknowledged,
    AlarmPutBack,
    AlarmShelved,
    AlarmTakenOut,
    AlarmUnshelved,
    ScreenAlive,
    ScreenSilent,
)
from controller.line.plc_events import PlcLost, PlcStatus, PlcStatusChanged, TableItem
from controller.line.shift_events import ShiftHandedOver
from controller.line.state import LineState, decode_state, encode_state
from tests.line.line_story import FILE, RUNNING, Story

LINE_ROOM = Path(__file__).resolve().parents[2] / "controller" / "line"
FINE = int(RUNNING | PlcFlag.GUARDS_CLOSED | PlcFlag.AIR_OK | PlcFlag.XRAY_READY)


class Alarming(Story):
    """A line whose machine is in order, ten seconds after its start."""

    def __init__(self) -> None:
        super().__init__()
        self.wait(START_QUIET_MS)

    def sync(self, table: tuple[TableItem, ...] = (), flags: int = FINE) -> Outcome:
        return super().sync(table, flags)

    def status(self, missing: int = 0, extra: int = 0, lane_full: int = 0) -> Outcome:
        return self.feed(PlcStatusChanged(PlcStatus(6, FINE & ~missing | extra, 0, 0, lane_full, 0xFFFF, 500)))

    def tick(self, ms: int = 0) -> None:
        """Time passes, and something happens that is no alarm."""
        self.wait(ms)
        self.feed(DeviceUp("induct"))

    def file_refused(self, name: str) -> None:
        self.feed(ImportRefused(name, "not_xml", "it is no XML", FILE))

    def acknowledge(self, key: str, role: Role = Role.OPERATOR, actor: str = "li") -> Outcome:
        return self.feed(AlarmAcknowledged(key), role=role, actor=actor)

    def shelve(self, key: str, minutes: int = 60, role: Role = Role.SHIFT_LEAD) -> Outcome:
        return self.feed(AlarmShelved(key, minutes, "it is known"), role=role, actor="ban")

    def take_out(self, key: str, role: Role = Role.SHIFT_LEAD, actor: str = "ban") -> Outcome:
        return self.feed(AlarmTakenOut(key, "under repair"), role=role, actor=actor)

    def states(self) -> dict[str, str]:
        return {key: one.state.value for key, one in self.state.alarms.items()}

    def of(self, key: str) -> StandingAlarm:
        return self.state.alarms[key]


# --- the catalogue -------------------------------------------------------------------------------------------------


def raised() -> set[str]:
    """The codes that the core's source gives to `alarm` and `hold_line`."""
    found = set()
    for path in sorted(LINE_ROOM.glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute | ast.Name):
                name = node.func.attr if isinstance(node.func, ast.Attribute) else node.func.id
                place = {"alarm": 0, "hold_line": 1}.get(name, -1)
                code = node.args[place] if 0 <= place < len(node.args) else None
                if isinstance(code, ast.Constant):
                    found.add(str(code.value))
    return found


def test_every_alarm_that_the_core_raises_is_in_the_catalogue_with_both_languages() -> None:
    assert raised() >= {"jam", "core_fault", "device_down", "recalled"}
    assert raised() - set(ALARMS) == set()
    for kind in ALARMS.values():
        assert kind.priority in (1, 2, 3, 4)
        assert all((kind.zh, kind.en, kind.next_zh, kind.next_en, kind.follows_zh, kind.follows_en)), kind.code
        assert any(ord(letter) > 0x2E80 for letter in kind.zh), kind.code
        assert kind.customs_only == (kind.code in CATALOGUE and CATALOGUE[kind.code].customs_only) or kind.customs_only
    assert all(codes <= set(ALARMS) for codes in CONSEQUENCES.values())
    assert kind_of("never heard of").priority == 2, "what nobody has described is not low"


# --- states --------------------------------------------------------------------------------------------------------


def test_a_condition_that_stands_is_seen_stays_and_goes_by_itself() -> None:
    line = Alarming()
    line.feed(DeviceDown("scale", "unplugged", "no answer"))
    assert line.states() == {"device_down:scale": "unacked"}
    line.acknowledge("device_down:scale")
    assert line.states() == {"device_down:scale": "acked"}, "it stands, so it is shown"
    assert line.of("device_down:scale").acked_by == "li"
    line.acknowledge("device_down:scale", actor="wang")
    assert line.of("device_down:scale").acked_by == "li"
    line.feed(DeviceUp("scale"))
    assert line.states() == {}


def test_who_silences_the_line_silences_the_own_organisation_until_something_calls_anew() -> None:
    line = Alarming()
    line.feed(DeviceDown("scale", "unplugged", "no answer"))
    line.feed(LineCommanded("mute", ""), role=Role.OPERATOR, actor="li")
    silenced = line.state.facts.alarming
    assert (silenced.silenced_ms, silenced.silenced_by_customs_ms) == (line.now_ms, -1)
    assert line.of("device_down:scale").calls_since_ms <= silenced.silenced_ms
    line.wait(1000)
    line.feed(DeviceDown("verify", "unplugged", "no answer"))
    assert line.of("device_down:verify").calls_since_ms > silenced.silenced_ms, "a new cause"
    line.feed(LineCommanded("mute", ""), role=Role.OFFICER, actor="zhang")
    assert line.state.facts.alarming.silenced_by_customs_ms == line.now_ms
    assert line.state.facts.alarming.silenced_ms == silenced.silenced_ms


def test_what_comes_back_from_the_shelf_calls_anew_though_somebody_silenced_the_line_meanwhile() -> None:
    line = Alarming()
    line.feed(DeviceDown("scale", "unplugged", "no answer"))
    line.shelve("device_down:scale", minutes=1)
    line.wait(1000)
    line.feed(LineCommanded("mute", ""), role=Role.OPERATOR, actor="li")
    line.wait(60_000)
    one = line.of("device_down:scale")
    assert one.state is AlarmState.UNACKED
    assert one.calls_since_ms > line.state.facts.alarming.silenced_ms > one.since_ms


def test_what_is_out_of_service_tells_nothing_until_it_is_put_back_and_is_counted_at_the_handover() -> None:
    line = Alarming()
    scale = "device_down:scale"
    assert [one.code for one in line.take_out(scale, role=Role.OPERATOR).refusals] == ["role_not_allowed"]
    assert [one.code for one in line.take_out("e_stop:line").refusals] == ["alarm_not_shelvable"]
    assert [one.code for one in line.take_out("no_such:scale").refusals] == ["alarm_unknown"]
    assert [one.code for one in line.take_out("picture_unanswered:carton:1").refusals] == ["alarm_unknown"], "customs' own"
    line.take_out(scale)
    assert line.states() == {scale: "out_of_service"}
    assert not line.of(scale).active, "it need not stand"
    for _ in range(2):  # a restart between: the state is what the journal gives
        line.feed(DeviceDown("scale", "unplugged", "no answer"))
        assert line.states() == {scale: "out_of_service"}
        assert line.state.facts.alarming.begun == (), "no figure counts it"
        line.feed(DeviceUp("scale"))
        assert line.states() == {scale: "out_of_service"}, "it stays listed"
        line.state = decode_state(encode_state(line.state))
    assert [one.code for one in line.shelve(scale).refusals] == ["alarm_out_of_service"]
    assert [one.code for one in line.acknowledge(scale).refusals] == ["alarm_out_of_service"]
    line.feed(ShiftHandedOver("", "quiet", "wang"), role=Role.SHIFT_LEAD, actor="ban")
    shift = line.state.facts.shift
    assert shift is not None
    assert (shift.before.out_of_service, shift.before.alarms, shift.before.shelved) == ((scale,), 0, ())
    line.feed(DeviceDown("scale", "unplugged", "no answer"))
    line.wait(1000)
    line.feed(AlarmPutBack(scale), role=Role.OPERATOR, actor="li")
    assert line.states() == {scale: "unacked"}, "what stands is told as if nobody had seen it"
    assert line.of(scale).calls_since_ms == line.now_ms
    line.take_out(scale)
    line.feed(DeviceUp("scale"))
    line.feed(AlarmPutBack(scale), role=Role.OPERATOR, actor="li")
    assert line.states() == {}
    assert [one.code for one in line.feed(AlarmPutBack(scale), role=Role.OPERATOR).refusals] == ["alarm_unknown"]


def test_what_stood_before_a_restart_neither_vanishes_nor_comes_anew_until_its_device_was_heard() -> None:
    line = Alarming()
    scale, screen = "device_down:scale", "screen_dead:screen:operator-1"
    for device in ("scale", "verify", "gone"):
        line.feed(DeviceDown(device, "unplugged", "no answer"))
    line.feed(ScreenSilent("operator-1", 5000, 1))
    line.acknowledge(scale)
    line.wait(60_000)
    before = {key: line.of(key) for key in (scale, "device_down:verify", "device_down:gone", screen)}
    line.feed(DaemonStarted("boot-2", "t"))
    assert {key: line.of(key) for key in before} == before, "a restart is no news of a device"
    line.wait(3000)
    line.feed(DeviceDown("scale", "unplugged", "no answer"))
    assert line.of(scale) == before[scale], "seen once is seen: it is still away"
    line.feed(DeviceUp("verify"))
    assert line.states()["device_down:verify"] == "returned"
    line.feed(ScreenAlive("operator-1"))
    assert line.states()[screen] == "returned"
    line.wait(UNHEARD_MS)
    assert line.states()["device_down:gone"] == "returned", "of what is no part of the line any more nothing will be heard"
    assert line.states()[scale] == "acked"


def test_nobody_takes_the_whole_line_out_of_service() -> None:
    line = Alarming()
    for n in range(OUT_MOST):
        line.take_out(f"device_down:d{n}")
    assert [one.code for one in line.take_out("device_down:last").refusals] == ["too_many_out_of_service"]
    assert not line.take_out("device_down:last", role=Role.OFFICER, actor="zhang").refusals, "customs has its own"


def test_what_returned_before_anybody_saw_it_waits_to_be_seen() -> None:
    line = Alarming()
    line.feed(DeviceDown("scale", "unplugged", "no answer"))
    line.feed(DeviceUp("scale"))
    assert line.states() == {"device_down:scale": "returned"}
    line.acknowledge("device_down:scale")
    assert line.states() == {}


def test_what_happened_once_stays_until_it_is_acknowledged_and_chatter_is_one_alarm_with_a_count() -> None:
    line = Alarming()
    for _ in range(5):
        line.file_refused("a.xml")
        line.tick(1000)
    assert line.states() == {"import_refused:a.xml": "unacked"}
    assert line.of("import_refused:a.xml").times == 5
    for _ in range(3):
        line.feed(DeviceDown("scale", "unplugged", "no answer"))
        line.feed(DeviceUp("scale"))
    assert (line.of("device_down:scale").times, line.of("device_down:scale").state) == (3, "returned")
    line.acknowledge("import_refused:a.xml")
    assert "import_refused:a.xml" not in line.states()


def test_an_acknowledged_alarm_that_comes_again_calls_again() -> None:
    line = Alarming()
    line.status(extra=PlcFlag.JAM)
    line.ring(RingKind.JAM, 0, zone=3)
    assert line.states() == {"jam:zone:3": "unacked"}, "flag and record are one alarm, and the record says where"
    line.acknowledge("jam:zone:3")
    line.tick(GRACE_MS + 1)
    line.ring(RingKind.JAM, 0, zone=3)
    assert (line.of("jam:zone:3").state, line.of("jam:zone:3").times) == ("unacked", 2)
    line.status()
    assert line.states() == {"jam:zone:3": "returned"}


def test_the_first_of_what_stops_the_line_is_told_apart() -> None:
    line = Alarming()
    line.feed(DeviceDown("scale", "unplugged", ""))
    line.ring(RingKind.JAM, 0, zone=3)
    line.feed(PlcLost("plc_silent", "no answer"))
    first = {key for key, one in line.state.alarms.items() if one.first_out}
    assert first == {"jam:zone:3"}, "a device that is down does not stop the line"


def test_an_emergency_stop_suppresses_what_follows_from_it_and_what_still_stands_is_told_afterwards() -> None:
    line = Alarming()
    line.status(missing=PlcFlag.E_STOP_HEALTHY, extra=PlcFlag.SAFETY_RESET_NEEDED)
    line.ring(RingKind.E_STOP, 0, arg1=1)
    line.ring(RingKind.INDUCT, 7, zone=1)
    line.ring(RingKind.LOST, 7, zone=1)
    assert line.states() == {
        "e_stop:line": "unacked", "safety_reset:line": "suppressed", "tracking_lost:passage:1:7": "suppressed",
    }  # fmt: skip
    assert line.of("e_stop:line").first_out
    assert line.of("e_stop:line").times == 1, "the flag and the record are one"
    refused = line.acknowledge("safety_reset:line").refusals
    assert [one.code for one in refused] == ["alarm_suppressed"]
    line.status(extra=PlcFlag.SAFETY_RESET_NEEDED)
    line.wait(GRACE_MS)  # nothing happens on a line that stands
    assert line.states() == {"e_stop:line": "returned", "safety_reset:line": "unacked"}
    assert not line.of("safety_reset:line").first_out, "the emergency stop was first, and nobody has acknowledged it"
    line.status()
    line.acknowledge("e_stop:line")
    line.acknowledge("safety_reset:line")
    assert line.states() == {}


def test_a_lost_plc_is_one_alarm_and_its_last_word_stands_meanwhile() -> None:
    line = Alarming()
    line.status(lane_full=0b100)
    line.feed(PlcLost("plc_silent", "no answer"))
    line.tick(1000)
    assert line.states() == {"lane_full:lane:release": "unacked", "plc_not_ready:line": "unacked"}
    line.sync(flags=FINE | PlcFlag.FAIL_SAFE)
    assert line.states()["plc_fail_safe:line"] == "suppressed", "it follows from the lost link and goes by itself"
    line.sync(flags=FINE)
    line.tick(GRACE_MS + 1)
    assert line.states() == {"lane_full:lane:release": "returned", "plc_not_ready:line": "returned"}


def test_a_start_is_no_alarm_but_a_plc_that_is_not_there_is() -> None:
    line = Alarming()
    line.feed(DaemonStarted("b2", "test"))
    line.tick(START_QUIET_MS - 1)
    assert line.states() == {}
    line.sync(flags=FINE)
    assert line.states() == {}
    line.feed(DaemonStarted("b2", "test"))
    line.wait(START_QUIET_MS)
    assert line.states() == {"plc_not_ready:line": "unacked"}, "also on a line where nothing else happens"
    line.sync(flags=FINE)
    line.acknowledge("plc_not_ready:line")
    line.feed(DaemonStarted("b3", "test"))
    line.feed(PlcLost("plc_away", "refused"))
    assert line.states() == {"plc_not_ready:line": "unacked"}


# --- shelving ------------------------------------------------------------------------------------------------------


def test_a_shelved_alarm_comes_back_at_its_time_as_if_nobody_had_seen_it() -> None:
    line = Alarming()
    line.feed(DeviceDown("scale", "unplugged", "no answer"))
    line.acknowledge("device_down:scale")
    line.shelve("device_down:scale", 60)
    one = line.of("device_down:scale")
    assert (one.state, one.shelved_by, one.shelved_cause) == ("shelved", "ban", "it is known")
    assert [refusal.code for refusal in line.acknowledge("device_down:scale").refusals] == ["alarm_shelved"]
    assert "ban" not in line.acknowledge("device_down:scale").refusals[0].cause, "it may be an officer's"
    line.wait(60 * 60_000 - 1)
    assert line.states() == {"device_down:scale": "shelved"}
    line.wait(1)
    assert line.states() == {"device_down:scale": "unacked"}
    assert line.of("device_down:scale").shelved_by == ""


def test_a_shelved_alarm_whose_condition_goes_is_normal_at_its_time_and_one_taken_back_counts_as_seen() -> None:
    line = Alarming()
    for device in ("scale", "induct"):
        line.feed(DeviceDown(device, "unplugged", "no answer"))
        line.shelve(f"device_down:{device}", 5)
    line.feed(DeviceUp("scale"))
    line.feed(AlarmUnshelved("device_down:induct"), role=Role.OPERATOR, actor="li")
    assert line.states() == {"device_down:scale": "shelved", "device_down:induct": "acked"}
    line.wait(5 * 60_000)
    assert line.states() == {"device_down:induct": "acked"}


@pytest.mark.parametrize(("minutes", "code"), [(0, "shelved_too_long"), (SHIFT_LONGEST_MIN + 1, "shelved_too_long"), (1, "")])
def test_nothing_is_shelved_for_longer_than_a_shift(minutes: int, code: str) -> None:
    line = Alarming()
    line.feed(DeviceDown("scale", "unplugged", "no answer"))
    assert [one.code for one in line.shelve("device_down:scale", minutes).refusals] == ([code] if code else [])


def test_what_is_urgent_is_not_shelved_and_an_operator_shelves_nothing() -> None:
    line = Alarming()
    line.status(missing=PlcFlag.E_STOP_HEALTHY)
    line.file_refused("a.xml")
    assert [one.code for one in line.shelve("e_stop:line").refusals] == ["alarm_not_shelvable"]
    assert [one.code for one in line.shelve("import_refused:a.xml", role=Role.OPERATOR).refusals] == ["role_not_allowed"]
    assert [one.code for one in line.shelve("jam:line").refusals] == ["alarm_unknown"]


def test_customs_own_alarms_do_not_exist_for_the_company() -> None:
    line = Alarming()
    line.ready("X1")
    key = next(iter(line.state.cartons))
    line.state.cartons[key] = replace(line.state.cartons[key], selection="asked")
    line.feed(SelectionFailed(key, "no secret"))
    alarm = f"selection_failed:carton:{key}"
    assert hidden("selection_failed")
    assert [one.code for one in line.acknowledge(alarm).refusals] == ["alarm_unknown"]
    assert not line.acknowledge(alarm, role=Role.OFFICER).refusals
    assert alarm not in line.states()


# --- bounds --------------------------------------------------------------------------------------------------------


def test_the_flood_figure_counts_ten_minutes() -> None:
    line = Alarming()
    for number in range(12):
        line.file_refused(f"{number}.xml")
    assert len(line.state.facts.alarming.begun) == 12
    line.wait(600_001)
    line.file_refused("late.xml")
    assert len(line.state.facts.alarming.begun) == 1


def test_a_list_that_nobody_looks_after_is_bounded_and_says_how_many_it_let_go() -> None:
    line = Alarming()
    line.feed(DeviceDown("scale", "unplugged", "no answer"))
    for number in range(ALARMS_KEPT + 20):
        line.file_refused(f"{number}.xml")
    assert len(line.state.alarms) == ALARMS_KEPT
    assert "device_down:scale" in line.state.alarms
    assert line.state.facts.alarming.let_go == 21


# --- any order of things -------------------------------------------------------------------------------------------

DEVICES = ("scale", "induct")
FLAG_OF = {
    "e_stop:line": PlcFlag.E_STOP_HEALTHY, "guards_open:line": PlcFlag.GUARDS_CLOSED,
    "safety_reset:line": PlcFlag.SAFETY_RESET_NEEDED, "local_mode:line": PlcFlag.LOCAL_MODE,
}  # fmt: skip
KEYS = [
    *FLAG_OF, *(f"device_down:{one}" for one in DEVICES), "plc_not_ready:line", "import_refused:a.xml", "jam:line",
    "image_refused:xray",
]  # fmt: skip


class AlarmLife(RuleBasedStateMachine):
    """What stands is kept apart from the core by flags of its own; the core is asked after every step."""

    def __init__(self) -> None:
        super().__init__()
        self.line = Alarming()
        self.flags = 0
        self.down: set[str] = set()
        self.linked = True
        self.unseen: set[str] = set()

    @rule(toggled=st.sampled_from([*FLAG_OF.values(), PlcFlag.JAM]))
    def machine_changes(self, toggled: PlcFlag) -> None:
        self.flags ^= toggled
        if self.linked:
            self.tell()

    def tell(self) -> None:
        status = PlcStatus(6, FINE ^ self.flags, 0, 0, 0, 0xFFFF, 500)
        self.line.feed(PlcStatusChanged(status))

    @rule(device=st.sampled_from(DEVICES), up=st.booleans())
    def device(self, device: str, up: bool) -> None:
        self.line.feed(DeviceUp(device) if up else DeviceDown(device, "unplugged", "no answer"))
        (self.down.discard if up else self.down.add)(device)

    @rule()
    def link_lost(self) -> None:
        self.line.feed(PlcLost("plc_silent", "no answer"))
        self.linked = False

    @rule()
    def link_back(self) -> None:
        self.line.sync(flags=FINE ^ self.flags)
        self.linked = True

    @rule()
    def a_file(self) -> None:
        self.line.file_refused("a.xml")

    @rule()
    def an_image_is_cut_off(self) -> None:
        self.line.feed(ImageRefused("xray", "d.json", "1:3", -1, "truncated", "cut off", self.line.now_ms))

    @rule(key=st.sampled_from(KEYS))
    def acknowledge(self, key: str) -> None:
        self.line.acknowledge(key)
        self.unseen.discard(key)

    @rule(key=st.sampled_from(KEYS), minutes=st.integers(1, SHIFT_LONGEST_MIN))
    def shelve(self, key: str, minutes: int) -> None:
        self.line.shelve(key, minutes)
        self.unseen.discard(key)

    @rule(key=st.sampled_from(KEYS))
    def unshelve(self, key: str) -> None:
        self.line.feed(AlarmUnshelved(key), role=Role.OPERATOR, actor="li")

    @rule(key=st.sampled_from(KEYS), out=st.booleans())
    def service(self, key: str, out: bool) -> None:
        if out:
            self.line.take_out(key)
        else:
            self.line.feed(AlarmPutBack(key), role=Role.OPERATOR, actor="li")
        self.unseen.discard(key)

    @rule(ms=st.sampled_from([1, 1000, GRACE_MS + 1, 3_600_000]))
    def time(self, ms: int) -> None:
        self.line.tick(ms)
        self.down.discard("induct")

    @invariant()
    def what_stands_is_there_and_what_is_over_does_not_claim_to_stand(self) -> None:
        stands = {f"device_down:{one}" for one in self.down} | (set() if self.linked else {"plc_not_ready:line"})
        if self.linked:
            stands |= {key for key, flag in FLAG_OF.items() if self.flags & flag}
        alarms = self.line.state.alarms
        for key in stands:
            assert key in alarms, f"{key} stands and is on no list"
            assert alarms[key].active
            assert alarms[key].state != "returned"
        if self.linked:
            claimed = {key for key, one in alarms.items() if one.standing and one.active} - {"jam:line"}
            assert claimed == stands

    @invariant()
    def nothing_is_shelved_past_its_time_or_for_longer_than_a_shift(self) -> None:
        for one in self.line.state.alarms.values():
            assert one.shelved_until_ms <= self.line.now_ms + SHIFT_LONGEST_MIN * 60_000
            if one.state == "shelved":
                assert one.shelved_until_ms > self.line.now_ms - 1
                assert one.shelved_by
                assert one.shelved_cause
                assert kind_of(one.code).shelvable

    @invariant()
    def only_consequences_of_a_cause_are_suppressed(self) -> None:
        for one in self.line.state.alarms.values():
            if one.suppressed_by:
                assert one.code in CONSEQUENCES[one.suppressed_by]
                assert one.suppressed_by in [code for code, _ in self.line.state.facts.alarming.causes]

    @invariant()
    def what_nobody_has_seen_yet_stays_to_be_seen(self) -> None:
        states = self.line.states()
        assert {key: states.get(key) for key in self.unseen if states.get(key) not in ("unacked", "returned")} == {}
        self.unseen = {key for key, state in states.items() if state in ("unacked", "returned")}

    @invariant()
    def the_tables_agree(self) -> None:
        state = self.line.state
        standing = {key for key, one in state.alarms.items() if one.standing and one.active}
        assert standing == set(state.facts.alarming.standing)
        assert set(state.facts.alarming.suppressed) == {key for key, one in state.alarms.items() if one.suppressed_by}

    def teardown(self) -> None:
        again = LineState()
        for stamped, outcome in zip(self.line.stamped, self.line.outcomes, strict=True):
            assert apply(again, stamped) == outcome
            assert not outcome.core_fault
        assert encode_state(again) == encode_state(self.line.state) == encode_state(decode_state(encode_state(again)))


TestAlarmLife = AlarmLife.TestCase
TestAlarmLife.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)


def test_input_that_no_row_can_hold_is_an_alarm_that_people_have() -> None:
    line = Alarming()
    outcome = line.feed(LoadArrived("L" * 300, "PLATE"))
    assert [one.code for one in outcome.refusals] == ["not_recordable"]
    (kept,) = [one for one in line.state.alarms.values() if one.code == "import_refused"]
    assert (kept.subject, kept.active) == ("LoadArrived", True)
    assert not line.acknowledge(kept.key).refusals
