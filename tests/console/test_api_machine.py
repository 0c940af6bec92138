"""The console's API as a Hypothesis state machine: people sign in, lock, change role, press twice, sign and race one another.

The machine keeps its own books of who sits where with which right. At the end the journal must have exactly the acts that were
accepted, each once, with its author's role of that moment, and each lift of a hold of customs behind another person's signature.
"""

import asyncio
import os
import shutil
import tempfile
from collections import Counter
from collections.abc import Callable, Coroutine
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test

from controller.console.act_service import STRANGERS_ROWS, Acts
from controller.console.sessions import Sessions
from controller.domain.reasons import Role
from controller.line.events import HoldLifted, HoldPlaced, LineCommanded, LoadArrived, Stamped
from controller.line.people_events import ActSigned
from tests.console.bench import PASSWORD, PEOPLE, Page, Said, bench

IDLE_S = {"customs": 600, "company": 900}
LONGEST_S, PROOF_S, PROPOSAL_S = 43_200, 120, 600
CUSTOMS = (Role.OFFICER, Role.SECTION_CHIEF, Role.CUSTOMS_AUDITOR)
DECIDES = (Role.OFFICER, Role.SECTION_CHIEF)
MAY_HOLD = (*DECIDES, Role.OPERATOR, Role.SHIFT_LEAD)
MAY_LIFT = {"officer_hold": DECIDES, "company_hold": (*DECIDES, Role.SHIFT_LEAD)}
MET: Counter[str] = Counter()

accounts = st.sampled_from(sorted(PEOPLE))
which = st.integers(0, 5)
mostly = st.sampled_from([True, True, True, False])
seldom = st.sampled_from([False, False, False, True])


class Sitting(msgspec.Struct):
    """One browser with somebody signed in, as the machine reckons it."""

    page: Page
    account: str
    began_s: float
    acted_s: float
    proven_s: float
    open: bool = True
    locked: bool = False


class ApiMachine(RuleBasedStateMachine):
    @initialize()
    def begin(self) -> None:
        memory = Path("/dev/shm")
        self.home = Path(tempfile.mkdtemp(prefix="api-", dir=memory if memory.is_dir() else None))
        self.runner = asyncio.Runner()
        self.stack = AsyncExitStack()
        self.on = self.run(self.stack.enter_async_context(bench(self.home / "d")))
        self.run(self.on.core.submit(LoadArrived("L1", "P1"), actor="li", role=Role.OPERATOR))
        self.ids = self.stopped = 0
        self.roles = dict(PEOPLE)
        self.active = dict.fromkeys(PEOPLE, True)
        self.sittings: list[Sitting] = []
        self.accepted: dict[str, int] = {}
        self.pressed: list[tuple[Sitting, str, dict[str, object], Said]] = []
        self.proposals: dict[str, tuple[str, str, float]] = {}
        self.rights: dict[str, set[Role]] = {}
        for account in ("li", "ban", "ke", "zhao", "zhang"):
            self.signs_in(account, True)

    def run(self, what: Coroutine[Any, Any, Any]) -> Any:
        return self.runner.run(what)

    # --- people and their sessions ---

    @rule(account=accounts, right=mostly)
    def signs_in(self, account: str, right: bool) -> None:
        page = self.on.page(f"10.0.0.{len(self.sittings) % 200 + 1}")
        status, answer = self.run(page.sign_in(account, PASSWORD if right else "not the right one"))
        assert (status == 200) == (right and self.active[account]), answer
        if status == 200:
            now_s = self.on.clock.now_s
            self.sittings.append(Sitting(page, account, now_s, now_s, now_s))
            assert answer["role"] == self.roles[account]

    @rule(seconds=st.sampled_from([1, 1, 45, 45, 121, 601, 901, 43_201]))
    def time_passes(self, seconds: int) -> None:
        self.on.clock.now_s += seconds

    @precondition(lambda self: self.sittings)
    @rule(n=which, right=mostly)
    def proves(self, n: int, right: bool) -> None:
        one = self.sitting(n)
        wrong_before = self.on.identity.guessing.wait_s(one.account, one.page._terminal, self.on.clock.now_s) > 0
        answer = self.run(one.page.ask("POST", "/api/session/proof", {"secret": PASSWORD if right else "wrong, this one"}))
        if answer.status_code != 200:
            assert wrong_before or not right or not self.stands(one), answer.json()
            return
        assert right
        assert self.stands(one)
        one.locked, one.acted_s, one.proven_s = False, self.on.clock.now_s, self.on.clock.now_s

    @precondition(lambda self: self.sittings)
    @rule(n=which, leaves=seldom)
    def locks_or_leaves(self, n: int, leaves: bool) -> None:
        one = self.sitting(n)
        request = one.page.ask("DELETE", "/api/session") if leaves else one.page.ask("POST", "/api/session/lock")
        if self.run(request).status_code == 200:
            one.locked, one.open = True, one.open and not leaves

    @rule(account=accounts, gone=seldom, role=st.sampled_from(CUSTOMS), look=st.booleans())
    def changes(self, account: str, gone: bool, role: Role, look: bool) -> None:
        """Another process changes an account: switched off or on, or another role of customs."""
        self.change(account, gone, role)
        if look:
            self.run(self.on.identity.end_changed())

    # --- acts ---

    @precondition(lambda self: self.sittings)
    @rule(n=which, times=st.integers(1, 3))
    def holds(self, n: int, times: int) -> None:
        """Pressed once, or more often at once: one hold."""
        one = self.sitting(n)
        act_id = self.next_id("press")
        values: dict[str, object] = {"target": "L1", "scope": "load", "reason": "looks odd"}
        able = self.may(one, MAY_HOLD)
        said = self.run(together([one.page.act("hold", act_id, **values) for _ in range(times)]))
        assert {status for status, _ in said} == ({200} if able else {said[0][0]}), said
        assert able == (said[0][0] == 200), said
        assert all(one_said == said[0] for one_said in said)
        self.note(one, act_id, said[0])
        self.pressed.append((one, act_id, values, said[0]))
        MET["pressed at once"] += times > 1 and able

    @precondition(lambda self: any(said[0] == 200 for _, _, _, said in self.pressed))
    @rule(n=which, other=st.booleans())
    def presses_again(self, n: int, other: bool) -> None:
        """The same id much later is the same act; with other content it is refused."""
        done = [press for press in self.pressed if press[3][0] == 200]
        one, act_id, values, before = done[n % len(done)]
        if not self.may(one, MAY_HOLD):
            return
        status, answer = self.run(one.page.act("hold", act_id, **(values | ({"reason": "another"} if other else {}))))
        self.touched(one)
        assert (status, answer.get("code")) == (409, "id_used") if other else (status, answer) == before
        MET["pressed again"] += 1

    @precondition(lambda self: self.sittings)
    @rule(n=which, hold=which, fresh=mostly)
    def lifts(self, n: int, hold: int, fresh: bool) -> None:
        one, number, code = self.sitting(n), *self.hold(hold)
        if not number:
            return
        if fresh:
            self.proves(n, True)
        act_id, able = self.next_id("lift"), self.may(one, MAY_LIFT[code]) and self.proven(one)
        status, answer = self.run(one.page.act("lift", act_id, hold_id=number, reason="seen"))
        if not able:
            assert status in (401, 403, 423), answer
            self.touched(one)
            return
        assert status == (200 if code == "company_hold" else 202), answer
        if status == 202:
            self.proposals[answer["proposal"]] = (one.account, act_id, self.on.clock.now_s)
            self.touched(one)
        else:
            self.note(one, act_id, (status, answer))

    @precondition(lambda self: self.sittings and self.proposals)
    @rule(n=which, proposal=which, fresh=mostly)
    def signs(self, n: int, proposal: int, fresh: bool) -> None:
        one, number = self.sitting(n), list(self.proposals)[-1 - proposal % len(self.proposals)]
        if fresh:
            self.proves(n, True)
        first, act_id, since_s = self.proposals[number]
        status, answer = self.run(one.page.sign(number))
        key = act_id_of(first, act_id)
        if status == 200 and key in self.accepted:
            assert answer["seq"] == self.accepted[key], "signed before: the same answer, whatever the signer may do by now"
        elif status == 200:
            assert one.account != first
            assert self.may(one, DECIDES)
            assert self.on.clock.now_s - since_s < PROPOSAL_S
            self.accepted[key] = answer["seq"]
            MET["signed by a second"] += 1
        self.touched(one)

    @rule(pair=st.sampled_from([("zhang", "zhao"), ("zhao", "ke"), ("zhang", "zhang"), ("ban", "li")]))
    def hold_lift_and_sign(self, pair: tuple[str, str]) -> None:
        """What two people do one after the other; whether these two may is another matter."""
        for account in pair:
            self.signs_in(account, True)
        n, other = 1, 0
        if not all(self.active[account] for account in pair):
            return
        self.holds(n, 1)
        self.lifts(n, len(self.on.core.state.holds) - 1, True)
        if self.proposals:
            self.signs(other, 0, True)

    @precondition(lambda self: self.sittings)
    @rule(n=which, gone=seldom, role=st.sampled_from(CUSTOMS))
    def loses_the_right_meanwhile(self, n: int, gone: bool, role: Role) -> None:
        """The account changes while the press is under way: done with the right of before, or refused; never half."""
        one, before = self.sitting(n), self.roles[self.sitting(n).account]
        able, act_id = self.may(one, MAY_HOLD), self.next_id("race")

        async def race() -> Said:
            press = asyncio.ensure_future(one.page.act("hold", act_id, target="L1", scope="load", reason="race"))
            await asyncio.sleep(0)
            self.change(one.account, gone, role)
            return await press

        said: Said = self.run(race())
        assert said[0] != 200 or able
        self.rights[act_id_of(one.account, act_id)] = {before}
        if said[0] == 200:
            self.accepted[act_id_of(one.account, act_id)] = said[1]["seq"]
        MET[f"race {'done' if said[0] == 200 else 'refused'}"] += able
        self.pressed.append((one, act_id, {}, (0, {})))

    @rule(n=st.none() | which)
    def stops(self, n: int | None) -> None:
        """Whoever it is, wherever: never refused, and in the journal each time, but of strangers a few in a while."""
        page = self.sitting(n).page if n is not None and self.sittings else self.on.page("10.9.9.9")
        before = len([row for row in self.on.events(LineCommanded) if row.event.command == "stop"])
        status, answer = self.run(page.stop(id="one", reason="hand in the belt"))
        assert status == 200
        assert answer["recorded"] or self.stopped >= STRANGERS_ROWS
        assert (len(self.on.events(LineCommanded)) > before) == answer["recorded"]
        self.stopped += 1

    # --- the machine's own books ---

    def next_id(self, what: str) -> str:
        self.ids += 1
        return f"{what}-{self.ids:05}"

    def sitting(self, n: int) -> Sitting:
        return self.sittings[-1 - n % len(self.sittings)]

    def stands(self, one: Sitting) -> bool:
        return one.open and self.active[one.account] and self.on.clock.now_s - one.began_s < LONGEST_S

    def may(self, one: Sitting, roles: tuple[Role, ...]) -> bool:
        role = self.roles[one.account]
        idle = self.on.clock.now_s - one.acted_s >= IDLE_S["customs" if role in CUSTOMS else "company"]
        one.locked = one.locked or idle
        return self.stands(one) and not one.locked and role in roles

    def proven(self, one: Sitting) -> bool:
        now_s: float = self.on.clock.now_s
        return now_s - one.proven_s < PROOF_S

    def touched(self, one: Sitting) -> None:
        """Any act of an unlocked session keeps it awake, also one that is refused."""
        if self.may(one, tuple(Role)):
            one.acted_s = self.on.clock.now_s

    def hold(self, n: int) -> tuple[str, str]:
        holds = [
            (key, hold.code) for key, hold in self.on.core.state.holds.items() if hold.code in MAY_LIFT and hold.lifted_ms < 0
        ]
        return holds[n % len(holds)] if holds else ("", "")

    def change(self, account: str, gone: bool, role: Role) -> None:
        self.active[account] = not gone
        if self.roles[account] in CUSTOMS:
            self.roles[account] = role
        self.on.people.change(account, by="test", utc="t", active=not gone, role=self.roles[account])
        for one in self.sittings:
            if one.account == account:
                one.open = False

    def note(self, one: Sitting, act_id: str, said: Said) -> None:
        self.touched(one)
        if said[0] == 200:
            self.accepted[act_id_of(one.account, act_id)] = said[1]["seq"]

    # --- what the journal must say ---

    def teardown(self) -> None:
        self.end()

    def end(self) -> None:
        try:
            self.run(self.on.settled())
            self.judge()
        finally:
            self.run(self.stack.aclose())
            self.runner.close()
            shutil.rmtree(self.home)

    def judge(self) -> None:
        # A hold that somebody else has lifted meanwhile is not lifted twice: its row says so.
        done = [row for row in self.on.heard if not row[2].refusals]
        acts = [row for row in done if isinstance(row[1].event, HoldPlaced | HoldLifted)]
        assert {row[1].act_id: row[0] for row in acts} == self.accepted, "exactly what was accepted, and where it was said to be"
        assert len(acts) == len(self.accepted), "each once"
        signed: dict[str, Stamped] = {}
        held: dict[str, str] = {}
        for _, row, _ in done:
            if isinstance(row.event, ActSigned):
                signed[row.event.first_act_id] = row
            elif isinstance(row.event, HoldPlaced):
                held[row.event.hold_id] = row.event.code
                assert row.role in MAY_HOLD
                assert (row.event.code == "officer_hold") == (row.role in CUSTOMS)
                assert row.role in self.rights.get(row.act_id, {row.role})
            elif isinstance(row.event, HoldLifted):
                assert row.role in MAY_LIFT[held[row.event.hold_id]]
                if held[row.event.hold_id] == "officer_hold":
                    second = signed[row.act_id]
                    assert second.actor != row.actor
                    assert second.role in DECIDES


def act_id_of(account: str, press: str) -> str:
    return f"{account}.{press}"


async def together(asked: list[Coroutine[Any, Any, Said]]) -> list[Said]:
    return list(await asyncio.gather(*asked))


LENGTH = settings(
    max_examples=int(os.environ.get("MACHINE_EXAMPLES", "12")),
    stateful_step_count=int(os.environ.get("MACHINE_STEPS", "40")),
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
)


def plant_a_right_of_the_session(monkeypatch: pytest.MonkeyPatch) -> None:
    """The role is that of signing in."""

    async def stale(self: Any, session: Any) -> Any:
        return session.person

    monkeypatch.setattr("controller.console.identity.Identity.fresh", stale)


def plant_ids_that_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Acts, "remember", lambda self, seq, stamped, outcome: None)


def plant_sessions_that_never_lock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Sessions, "_idle_s", lambda self, session: 1e9)


def a_role_is_taken_away(machine: ApiMachine) -> None:
    machine.changes("zhang", False, Role.CUSTOMS_AUDITOR, False)
    machine.holds(0, 1)


def one_press_comes_again(machine: ApiMachine) -> None:
    machine.holds(0, 2)
    machine.presses_again(0, True)
    machine.presses_again(0, False)


def nobody_acts_for_long(machine: ApiMachine) -> None:
    machine.time_passes(601)
    machine.holds(0, 1)


def two_officers_lift(machine: ApiMachine) -> None:
    machine.hold_lift_and_sign(("zhang", "zhao"))
    machine.hold_lift_and_sign(("zhang", "zhang"))
    assert MET["signed by a second"] == 1


WALKS = (a_role_is_taken_away, one_press_comes_again, nobody_acts_for_long, two_officers_lift)
PLANTS = (
    (plant_a_right_of_the_session, a_role_is_taken_away),
    (plant_ids_that_are_forgotten, one_press_comes_again),
    (plant_sessions_that_never_lock, nobody_acts_for_long),
)


def walked(walk: Callable[[ApiMachine], None]) -> None:
    MET.clear()
    machine = ApiMachine()
    machine.begin()
    try:
        walk(machine)
    finally:
        machine.end()


@pytest.mark.parametrize("walk", WALKS)
def test_a_walk_goes_as_the_rule_says(walk: Callable[[ApiMachine], None]) -> None:
    walked(walk)


@pytest.mark.parametrize(("plant", "walk"), PLANTS)
def test_a_planted_mistake_is_found(monkeypatch: pytest.MonkeyPatch, plant: Any, walk: Callable[[ApiMachine], None]) -> None:
    plant(monkeypatch)
    with pytest.raises(AssertionError):
        walked(walk)


def test_no_order_of_presses_gives_a_right_that_nobody_has() -> None:
    MET.clear()
    run_state_machine_as_test(ApiMachine, settings=LENGTH)
    assert MET["signed by a second"], MET
