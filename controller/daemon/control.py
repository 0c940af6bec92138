"""The control socket: acts and questions of people, as JSON lines over a Unix socket of the machine.

One rule: every act is an event with actor, role and act id, answered only after it is durable; in production the
socket takes no acts but stop (who acts is proven by the screens, not by a text field). What a command takes away as a file is
recorded in every mode, with the account that the kernel names.
"""

import asyncio
import logging
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import msgspec

from controller.daemon.acts import ACTS, ActError, Answer
from controller.daemon.core_loop import CoreLoop, InboxFullError
from controller.daemon.imports import Importer
from controller.daemon.load_lists import loading_told
from controller.daemon.taken import exported_of, person_at
from controller.domain.reasons import CATALOGUE, CUSTOMS, Role
from controller.line.events import HoldPlaced
from controller.line.explain import company_text
from controller.line.readiness import line_blockers
from controller.line.seal_check import standing
from controller.line.state import Draft, Hold, LineState
from controller.line.verdicts import to_judge
from controller.records.errors import JournalDead, RowRefused

log = logging.getLogger("xiyong.control")

LINE_LIMIT = 64 * 1024
ACTS_KEPT = 10_000


class Control:
    """Serves the socket. Answers of the last ACTS_KEPT act ids are kept, so a repeated act is the same act."""

    def __init__(self, core: CoreLoop, importer: Importer, mode: str, new_id: Callable[[], str]) -> None:
        self._core = core
        self._importer = importer
        self._mode = mode
        self._new_id = new_id
        self._answered: dict[tuple[str, str, str], Answer] = {}
        self._acting: dict[tuple[str, str, str], asyncio.Task[Answer]] = {}
        self._connections: set[asyncio.Task[None]] = set()

    async def serve(self, path: Path) -> None:
        """Listen until cancelled. The socket belongs to the daemon's user alone."""
        path.unlink(missing_ok=True)
        server = await asyncio.start_unix_server(self._connected, path, limit=LINE_LIMIT)
        path.chmod(0o600)
        try:
            await server.serve_forever()
        finally:
            server.close()
            for task in tuple(self._connections):
                task.cancel()
            acting = tuple(self._acting.values())
            for act in acting:
                act.cancel()
            await asyncio.gather(*self._connections, *acting, return_exceptions=True)
            path.unlink(missing_ok=True)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._connections.add(task)
        try:
            while line := await reader.readline():
                answer = await self._answer(line, writer)
                writer.write(msgspec.json.encode(answer) + b"\n")
                await writer.drain()
        except (ConnectionError, ValueError, asyncio.LimitOverrunError) as error:
            log.info("control connection ended: %s", error)
        except asyncio.CancelledError:
            pass  # the daemon stops; asyncio would log a cancelled handler as a fault
        finally:
            self._connections.discard(task)
            writer.close()

    async def _answer(self, line: bytes, writer: asyncio.StreamWriter) -> Answer:
        try:
            request = msgspec.json.decode(line, type=dict[str, Any])
            if "ask" in request:
                return self._ask(str(request["ask"]))
            if "record" in request:
                return await self._record(request, person_at(writer.get_extra_info("socket")))
            return await self._act(request)
        except ActError as error:
            return error.answer
        except (msgspec.DecodeError, KeyError, TypeError, ValueError) as error:
            return ActError("request_malformed", f"{type(error).__name__}: {error}", "send one JSON object a line").answer
        except (JournalDead, InboxFullError) as error:
            return ActError("journal_dead", str(error), "the daemon restarts; ask again").answer
        except RowRefused as refused:
            return ActError(refused.code, refused.cause, refused.next_step).answer

    # --- what a command takes away ---

    async def _record(self, request: dict[str, Any], who: str) -> Answer:
        applied = await self._core.submit(exported_of(request, who), actor=who, role=Role.LINE)
        return {"ok": True, "seq": applied.seq, "by": who}

    # --- acts ---

    async def _act(self, request: dict[str, Any]) -> Answer:
        act = str(request.get("act", ""))
        act_id = str(request.get("id", "")) or self._new_id()
        stops = act == "line" and request.get("command") in ("stop", "hold")
        if self._mode != "simulation" and not stops:
            raise ActError("act_not_allowed", f"mode is {self._mode}: people act through the screens, not by command",
                           "use the operator or officer screen")  # fmt: skip
        actor, role = str(request.get("actor", "")), _role(request)
        if not actor:
            raise ActError("actor_missing", "an act needs an actor", 'add "actor": the account name')
        return await self._once((actor, act, act_id), lambda: self._carry_out(act, act_id, actor, role, request))

    async def _once(self, key: tuple[str, str, str], carry_out: Callable[[], Coroutine[Any, Any, Answer]]) -> Answer:
        """The answer to this act of this person, carried out once: also when the repeat comes before the first is durable."""
        if key in self._answered:
            return self._answered[key]
        task = self._acting.get(key)
        if task is None:
            task = self._acting[key] = asyncio.get_running_loop().create_task(carry_out(), name=f"act {key[1]}")
            task.add_done_callback(lambda done: self._acted(key, done))
        return await asyncio.shield(task)  # who asked may hang up: the act goes on

    def _acted(self, key: tuple[str, str, str], task: "asyncio.Task[Answer]") -> None:
        """What was not carried out (a malformed request, a dead journal) may be asked again."""
        del self._acting[key]
        if task.cancelled() or task.exception() is not None:
            return
        self._answered[key] = task.result()
        while len(self._answered) > ACTS_KEPT:
            self._answered.pop(next(iter(self._answered)))

    async def _carry_out(self, act: str, act_id: str, actor: str, role: Role, request: dict[str, Any]) -> Answer:
        if act == "import":
            imported = await self._importer.take(Path(str(request["path"])), actor, role)
            return {"ok": bool(imported.taken) or not imported.refused, **msgspec.to_builtins(imported)}
        builder = ACTS.get(act)
        if builder is None:
            raise ActError("act_unknown", f"no act {act!r}", "one of import, " + ", ".join(ACTS))
        event = builder(self._core, act_id, request)
        applied = await self._core.submit(event, actor=actor, role=role, act_id=act_id)
        if applied.outcome.refusals:
            first = applied.outcome.refusals[0]
            cause = first.cause if role in CUSTOMS else company_text(first.cause)
            return {"ok": False, "code": first.code, "cause": cause, "next_step": first.next_step, "seq": applied.seq}
        more = {"hold_id": event.hold_id} if isinstance(event, HoldPlaced) else {}
        return {"ok": True, "seq": applied.seq, **more}

    # --- questions ---

    def _ask(self, question: str) -> Answer:
        state = self._core.state
        if question == "holds":
            rows = [
                {"hold_id": h.hold_id, "scope": h.scope, "target": h.target, **_as_the_company_sees(h)}
                for h in state.holds.values()
                if h.lifted_ms < 0
            ]
            return {"ok": True, "holds": rows}
        if question == "loading":
            return {"ok": True, **loading_told(state)}
        if question == "seals":
            return {"ok": True, "seals": _seals(state)}
        if question == "bench":
            return {"ok": True, "benches": _benches(state)}
        if question == "images" and self._mode == "simulation":
            return {"ok": True, "images": [msgspec.to_builtins(one) for one in to_judge(Draft(state, state.facts.line_ms))]}
        if question != "status":
            raise ActError("question_unknown", f"no question {question!r}", "ask status, holds, loading, seals or bench")
        facts = state.facts
        blockers = line_blockers(Draft(state, facts.line_ms))
        status = facts.plc_status
        return {
            "ok": True,
            "ready": not blockers,
            "blockers": [b.code for b in blockers],
            "epoch": facts.epoch,
            "session": facts.session,
            "journal_seq": self._core.journal_seq,
            "devices_down": list(facts.devices_down),
            "on_belt": len(facts.live),
            "plc_state": status.state if status is not None else 0,
            "plc_flags": status.flags if status is not None else 0,
        }


def _as_the_company_sees(hold: Hold) -> Answer:
    reason = CATALOGUE[hold.code]
    return {"code": reason.neutral, "cause": "customs looks at it" if reason.customs_only else company_text(hold.cause)}


def _seals(state: LineState) -> Answer:
    """What stands against the seals of each load that is being unloaded or was checked; nothing = they are right."""
    draft = Draft(state, state.facts.line_ms)
    loads = [load for load in state.loads.values() if load.arrived_ms >= 0]
    return {load.load_id: [code for code, _ in standing(draft, load)] for load in loads}


def _benches(state: LineState) -> dict[str, Answer]:
    """What lies open at each bench, and the trace codes scanned there: what its screen shows to who scans."""
    return {
        one.bench: {"carton": one.carton, "traces": [item.trace for item in one.found if item.trace], "decided": one.decided}
        for one in state.rechecks.values()
        if one.is_open
    }


def _role(request: dict[str, Any]) -> Role:
    try:
        role = Role(str(request.get("role", "")))
    except ValueError:
        role = Role.LINE
    if role is Role.LINE:
        roles = ", ".join(r for r in Role if r is not Role.LINE)
        raise ActError("role_unknown", f"no role {request.get('role')!r}", f"one of {roles}")
    return role
