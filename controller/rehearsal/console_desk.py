"""The console's services inside the rehearsed daemon, and workstations that ask them without a wire.

One rule: sessions, rights, proofs of drawing, claims and acts are the console's own, unmodified; only HTTP, password hashing and
the pages are left out. A request runs on the daemon's node and dies with it; who asked hears nothing, as over a broken line.
"""

import asyncio
import random
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import msgspec
from argon2 import PasswordHasher

from controller.console.act_service import Acts
from controller.console.claims import Claims
from controller.console.drawing import Drawings
from controller.console.identity import Identity, Pools
from controller.console.known_acts import newest_acts
from controller.console.people import PEOPLE_NAME, People, Person, open_people
from controller.console.pictures import pool
from controller.console.pixels import Pixels
from controller.console.proofs import Proofs
from controller.console.proposals import Asked
from controller.console.refusals import Refused
from controller.console.sessions import Limits, Session, Sessions
from controller.console.verdict_desk import VerdictDesk
from controller.daemon.companions import Aboard, Start
from controller.daemon.core_loop import CoreLoop
from controller.domain.reasons import Role
from controller.records.evidence import EvidenceStore
from simulators.people.console_officers import ConsoleOfficer, Told, two_officers
from simulators.people.floor import Floor

OFFICERS = ("liu", "zhao")
ANSWER_WITHIN_S = 4.0


class Served(msgspec.Struct, frozen=True):
    """The services of one start of the daemon."""

    core: CoreLoop
    identity: Identity
    acts: Acts
    desk: VerdictDesk
    pixels: Pixels


Job = Callable[[Served], Awaitable[Told]]


class RehearsedConsole:
    """A companion of each start of the daemon; the accounts outlive them all."""

    def __init__(self, home: Path, seed: int) -> None:
        self._seed = seed
        self._starts = 0
        self.people = People(open_people(home / PEOPLE_NAME))
        self._proofs = Proofs(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
        self._pools = Pools(*(ThreadPoolExecutor(1) for _ in range(4)))  # the loop does the work itself, at its own time
        self._jobs: asyncio.Queue[tuple[Job, asyncio.Future[Told]]] | None = None
        for account in OFFICERS:
            self.people.add(Person(account, account.title(), Role.OFFICER, "", True, 1), by="rehearsal", utc="")

    def __call__(self, aboard: Aboard) -> dict[str, Start]:
        return {"console": lambda: self._run(aboard)}

    def close(self) -> None:
        self.people.close()

    async def ask(self, job: Job) -> Told | None:
        """Have it done by whichever daemon lives now; None when nobody answers in time."""
        answer: asyncio.Future[Told] = asyncio.get_running_loop().create_future()
        if self._jobs is not None:
            self._jobs.put_nowait((job, answer))
        try:
            async with asyncio.timeout(ANSWER_WITHIN_S):
                return await answer
        except TimeoutError:
            return None

    async def _run(self, aboard: Aboard) -> None:
        served = self._served(aboard)
        aboard.core.on_outcome.append(served.acts.take)
        try:
            for row in await served.identity.store(newest_acts, aboard.journal, aboard.core.journal_seq):
                served.acts.remember(*row)
            jobs = self._jobs = asyncio.Queue()
            doing: set[asyncio.Task[None]] = set()
            while True:
                job, answer = await jobs.get()
                task = asyncio.get_running_loop().create_task(_carry_out(job, served, answer))
                doing.add(task)
                task.add_done_callback(doing.discard)
        finally:
            aboard.core.on_outcome.remove(served.acts.take)

    def _served(self, aboard: Aboard) -> Served:
        self._starts += 1
        chance, clock = random.Random(f"{self._seed}/console/{self._starts}"), asyncio.get_running_loop().time

        def token() -> str:
            return f"{chance.getrandbits(128):032x}"

        sessions = Sessions(Limits(), clock, token)
        identity = Identity(self.people, self._proofs, sessions, self._pools, clock, aboard.wall, token)
        acts = Acts(aboard.core, identity, clock, token)
        desk = acts.desks["verdict"] = VerdictDesk(Drawings(clock, token, chance.randrange), Claims(clock))
        pixels = Pixels(EvidenceStore(aboard.data / "evidence"), self._pools.pictures)
        return Served(aboard.core, identity, acts, desk, pixels)


async def _carry_out(job: Job, served: Served, answer: "asyncio.Future[Told]") -> None:
    try:
        told: Told = await job(served)
    except Refused as refused:
        told = refused.status, refused.answer
    if not answer.done():
        answer.set_result(told)


class Workstation:
    """Where one officer is signed in; signs in again when the daemon has forgotten the session."""

    def __init__(self, console: RehearsedConsole, account: str) -> None:
        self._console = console
        self.account = account
        self._token = ""

    async def pool(self) -> Sequence[dict[str, Any]] | None:
        async def look(served: Served, session: Session) -> Told:
            rows = []
            for one in pool(served.core.state):
                claim = served.desk.claims.of(one.track)
                rows.append({**msgspec.to_builtins(one), "claimed_by": claim.account if claim is not None else None})
            return 200, {"list": rows}

        told = await self._ask(look)
        return told[1]["list"] if told is not None and told[0] == 200 else None

    async def claim(self, track: str) -> Told | None:
        async def take(served: Served, session: Session) -> Told:
            held = served.desk.claims.take(track, await served.identity.fresh(session))
            if held is not None:
                raise Refused("claimed_by_other")
            return 200, {"ok": True}

        return await self._ask(take)

    async def draw(self, track: str, image: str, *, wrong: bool) -> Told | None:
        async def drawn(served: Served, session: Session) -> Told:
            grey, drawings = await served.pixels.grey(image), served.desk.drawings
            asked = drawings.ask(session, track, image, grey.shape[1], grey.shape[0])
            values = [int(grey[y, x]) for x, y in asked.points]
            values[0] ^= wrong
            drawings.prove(session, track, image, asked.nonce, tuple(values), 80, grey)
            return 200, {"ok": True}

        return await self._ask(drawn)

    async def act(self, name: str, press: str, **values: str) -> Told | None:
        reason = values.pop("reason")

        async def do(served: Served, session: Session) -> Told:
            served.identity.sessions.touch(session)
            status, answer = await served.acts.act(Asked(name, press, dict(values), reason), session)
            return status, dict(answer)

        return await self._ask(do)

    async def _ask(self, do: Callable[[Served, Session], Awaitable[Told]]) -> Told | None:
        async def job(served: Served) -> Told:
            session = served.identity.sessions.find(self._token)
            if session is None:
                person = await served.identity.store(self._console.people.person, self.account)
                assert person is not None
                self._token, session = served.identity.sessions.begin(person, self.account, by_badge=False)
            return await do(served, session)

        return await self._console.ask(job)


def sit_down(floor: Floor, console: RehearsedConsole, chance: Callable[[str], random.Random]) -> ConsoleOfficer:
    """Two officers, each at a workstation."""
    one, other = (Workstation(console, account) for account in OFFICERS)
    return two_officers(floor, (one, other), (chance("officer one"), chance("officer two")))
