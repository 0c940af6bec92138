"""A console over a real core and journal, asked over its ASGI applications; only argon2 is made cheap and the clock is a hand."""

import asyncio
import io
import secrets
from collections.abc import AsyncIterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from functools import cached_property
from itertools import count
from pathlib import Path
from typing import Any

import httpx
import msgspec
from argon2 import PasswordHasher

from controller.console.act_service import Acts
from controller.console.acts_app import acts_app
from controller.console.alarm_history import AlarmHistory, add_alarm_history
from controller.console.boards import Boards, Ground
from controller.console.claims import Claims
from controller.console.drawing import Drawings
from controller.console.gate_desk import add_gate_desk
from controller.console.identity import Identity, Pools
from controller.console.line_app import add_line_desk
from controller.console.line_credential import read_credential
from controller.console.live import Live
from controller.console.officer_app import OfficerDesk, add_officer_desk
from controller.console.operator_app import add_operator_desk
from controller.console.pages import Pages
from controller.console.people import People, Person, open_people
from controller.console.pixels import Pixels
from controller.console.proofs import Proofs
from controller.console.record_filing import RecordFiling, add_records
from controller.console.screen_sizes import ScreenSizes, add_screen_sizes
from controller.console.screens import Screens
from controller.console.sessions import Limits, Sessions
from controller.console.site_pool import add_site_pool
from controller.console.story_app import StoryDesk, StoryWork, add_story_desk
from controller.console.verdict_desk import VerdictDesk
from controller.console.view_app import view_app
from controller.console.watched import Watched
from controller.console.web import Guard, Place
from controller.console.wizards import Wizards
from controller.daemon.core_loop import CoreLoop
from controller.daemon.log_ring import LogRing
from controller.domain.reasons import Role
from controller.line.commands import Outcome
from controller.line.events import AnyEvent, Stamped
from controller.line.explain import View
from controller.records.anchors import ANCHORS_NAME
from controller.records.carton_export import Asked
from controller.records.errors import RecordsError
from controller.records.evidence import EvidenceStore
from controller.records.statistics.tables import FILE_NAME, StatisticsFollower, open_statistics
from controller.records.story_process import Check, DryRun, Export, serve
from controller.records.tables import open_records, prepare
from controller.settings.loading import load
from controller.settings.provenance import FileSource, origins_of
from tests.daemon.test_imports import desk
from tests.daemon.virtual_line import ROOT

PLACE = Place("line.test", 8600, 8601)
PASSWORD, PIN = "a long enough one", "27182819"
PEOPLE = {
    "zhang": Role.OFFICER, "zhao": Role.OFFICER, "ke": Role.SECTION_CHIEF, "shen": Role.CUSTOMS_AUDITOR,
    "li": Role.OPERATOR, "ban": Role.SHIFT_LEAD, "ji": Role.INTEGRATOR,
}  # fmt: skip
CHEAP = Proofs(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
OPEN_HASH, PIN_HASH = CHEAP.kept(PASSWORD), CHEAP.kept(PIN)
NOON = datetime(2026, 11, 25, 12, tzinfo=UTC)

Said = tuple[int, dict[str, Any]]


class Hand:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.now_s = 1000.0

    def __call__(self) -> float:
        return self.now_s

    def wall(self) -> datetime:
        return NOON + timedelta(seconds=self.now_s - 1000)


def empty_desk(home: Path, evidence: EvidenceStore, executor: ThreadPoolExecutor) -> StoryDesk:
    """The story page over records that know of nothing yet; its long work is done here and not by another process."""
    records = open_records(home / "records.sqlite")
    prepare(records)
    return StoryDesk(records, home / "journal.sqlite", evidence, executor, work_here(home, home / "journal.sqlite"))


async def here(wanted: Check | DryRun | Export) -> tuple[dict[str, Any], bytes]:
    """What another process does in a console, done here."""
    out = io.BytesIO()
    await asyncio.to_thread(serve, msgspec.json.encode(wanted), out)
    first, _, rest = out.getvalue().partition(b"\n")
    return msgspec.json.decode(first), rest


def work_here(home: Path, journal: Path) -> StoryWork:
    async def ask(wanted: Check | Export) -> tuple[dict[str, Any], bytes]:
        answer, rest = await here(wanted)
        if isinstance(wanted, Export) and not answer["ok"]:
            raise RecordsError(answer["code"], answer["cause"], answer["next_step"])
        return answer, rest

    async def check() -> dict[str, Any]:
        return (await ask(Check(str(journal), str(journal.with_name(ANCHORS_NAME)))))[0]

    async def export(carton: str, view: View, by: str, names: Mapping[str, str]) -> bytes:
        wanted = Export(str(journal), str(journal.with_name(ANCHORS_NAME)), str(home / "evidence"),
                        f"sqlite:///{home / 'records.sqlite'}", str(home / "site.key"), carton,
                        Asked(view, "site", "XY-TEST", by, NOON.isoformat(), names))  # fmt: skip
        return (await ask(wanted))[1]

    return StoryWork(check, export)


class Page:
    """A browser of one person: its cookie, its token, both ports."""

    def __init__(self, bench: "Bench", terminal: str) -> None:
        self.bench = bench
        self.csrf = ""
        self._ids = count(1)
        self._terminal = terminal
        self._pages = self._client(bench.place.origin, bench.view)
        self._acts: httpx.AsyncClient | None = None

    def _client(self, origin: str, app: Any) -> httpx.AsyncClient:
        transport = httpx.ASGITransport(app, raise_app_exceptions=True, client=(self._terminal, 4000))
        return httpx.AsyncClient(transport=transport, base_url=origin, headers={"Origin": self.bench.place.origin})

    async def close(self) -> None:
        for client in (self._pages, self._acts):
            if client is not None:
                await client.aclose()

    @property
    def cookies(self) -> httpx.Cookies:
        return self._pages.cookies

    async def ask(self, method: str, path: str, body: object = None, *, acts: bool = False, **more: Any) -> httpx.Response:
        """One request with cookie and token."""
        one = self._pages
        if acts:
            one = self._acts = self._acts or self._client(self.bench.place.acts_origin, self.bench.acting)
            one.cookies = httpx.Cookies(self._pages.cookies)
        headers = {"X-CSRF-Token": self.csrf} | more.pop("headers", {})
        return await one.request(method, path, json=body, headers=headers, **more)

    async def sign_in(self, account: str, password: str = PASSWORD, **badge: str) -> Said:
        body = badge or {"account": account, "password": password}
        answer = await self.ask("POST", "/api/session", body)
        self.csrf = answer.json().get("csrf", "")
        return answer.status_code, answer.json()

    async def act(self, name: str, /, act_id: str = "", **values: object) -> Said:
        act_id = act_id or f"press-{id(self)}-{next(self._ids)}"
        answer = await self.ask("POST", f"/api/acts/{name}", {"id": act_id, **values}, acts=True)
        return answer.status_code, answer.json()

    async def sign(self, proposal: str) -> Said:
        answer = await self.ask("POST", "/api/signatures", {"proposal": proposal}, acts=True)
        return answer.status_code, answer.json()

    async def stop(self, **body: str) -> Said:
        answer = await self.ask("POST", "/api/stop", body, acts=True)
        return answer.status_code, answer.json()


class Bench:
    """The console's parts, and what the core heard."""

    def __init__(
        self,
        home: Path,
        core: CoreLoop,
        pools: Pools,
        evidence: EvidenceStore,
        place: Place = PLACE,
        mode: str = "production",
        more: Mapping[str, object] | None = None,
    ) -> None:
        self.home = home
        self.place = place
        self.core = core
        self.clock = Hand()
        self.people = People(open_people(home / "people.sqlite"))
        self.sessions = Sessions(Limits(), self.clock, lambda: secrets.token_urlsafe(32))
        self.identity = Identity(self.people, CHEAP, self.sessions, pools, self.clock, self.clock.wall, self.sessions._new_token)
        ids = count(1)
        self.acts = Acts(core, self.identity, self.clock, lambda: f"proposal-{next(ids)}")
        self.pages = Pages(place, "XY-TEST", mode)
        self.live = Live(core, self.sessions, "boot", "XY-TEST", mode, self.pages.build)
        self.heard: list[tuple[int, Stamped, Outcome]] = []
        self.config = home / "line.toml"
        self.config.write_bytes((ROOT / "config" / "simulation.toml").read_bytes())
        self.overrides = {"site.data_dir": str(home), **(more or {})}
        self.settings = load(self.config, self.overrides)
        self.screens = Screens(
            ("operator-1",), self.clock, lambda event: core.post(event, actor="console"), lambda: core.journal_seq
        )
        self.watched = Watched(self.settings, core.state, self.screens)
        self.live.sources.append(self.watched.values)
        core.on_outcome.extend((self.acts.take, self.watched.take, self.live.take, lambda *row: self.heard.append(row)))
        self.evidence = evidence
        view = view_app(core, self.identity, self.live, evidence, "test", tls=False)
        drawings = Drawings(self.clock, lambda: secrets.token_hex(8), secrets.randbelow)
        verdicts = VerdictDesk(drawings, Claims(self.clock))
        self.desk = OfficerDesk(core, Pixels(evidence, pools.pictures), verdicts, self.watched.belt)
        add_officer_desk(view, self.desk, self.identity, self.live, self.acts)
        add_gate_desk(view, core, self.identity, self.live)
        credential = read_credential(self.settings.console.lines_secret_file)
        self.others = add_site_pool(view, self.settings, credential, self.desk, self.identity, self.live)
        add_operator_desk(view, Wizards(self.clock, core.now_ms), self.identity, self.live)
        self.story = empty_desk(home, evidence, pools.pictures)
        add_records(view, core, self.identity, evidence, self.story)
        self.filing = RecordFiling(core, self.identity, evidence)
        core.on_outcome.append(self.filing.take)
        add_line_desk(view, self.identity, self.screens, self.watched.devices)
        journal = home / "journal.sqlite"
        self.log = LogRing()
        ground = Ground(
            core, self.identity, self.acts, self.settings, home, journal, lambda: datetime.now(UTC), self.watched.devices,
            origins_of(self.config, self.overrides), self.log, "test", FileSource(str(self.config), self.overrides),
        )  # fmt: skip
        self.boards = Boards(ground, view)
        self.boards.config_runs.work = here
        self.boards.integrator.work = here
        history = AlarmHistory(home / "journal.sqlite", self.watched.alarms.where, lambda: core.journal_seq, self.settings)
        add_alarm_history(view, self.identity, history)
        add_story_desk(view, self.story, self.identity, core)
        add_screen_sizes(view, self.identity, ScreenSizes(home / "screens.json", ("operator-1",)))
        self.pages.attach(view)
        self.view = Guard(view, place)
        self._pages: list[Page] = []

    @cached_property
    def acting(self) -> Guard:
        return Guard(acts_app(self.acts, self.identity, self.place, "test"), self.place)

    def page(self, terminal: str = "10.0.0.1") -> Page:
        self._pages.append(Page(self, terminal))
        return self._pages[-1]

    async def signed_in(self, account: str, terminal: str = "10.0.0.1") -> Page:
        page = self.page(terminal)
        status, answer = await page.sign_in(account)
        assert status == 200, answer
        return page

    def events(self, kind: type[AnyEvent]) -> list[Stamped]:
        return [stamped for _, stamped, _ in self.heard if isinstance(stamped.event, kind)]

    async def settled(self) -> None:
        """Whatever was posted is durable and told."""
        async with asyncio.timeout(5):
            while self.core._inbox or self.core._flights:
                await asyncio.sleep(0.001)

    async def counted(self) -> None:
        """The statistics have followed to the end of the journal."""
        await self.settled()
        engine = open_statistics(self.home / FILE_NAME)
        follower = StatisticsFollower(self.home / "journal.sqlite", engine)
        await self.identity.store(follower.catch_up)
        await self.identity.store(follower.close)
        engine.dispose()

    async def close(self) -> None:
        self.boards.close()
        for page in self._pages:
            await page.close()
        self.story.close()
        self.people.close()


@asynccontextmanager
async def bench(
    home: Path, place: Place = PLACE, mode: str = "production", more: Mapping[str, object] | None = None
) -> AsyncIterator[Bench]:
    """A line with one person of every role and two officers; the load L1 is here. `more`: other settings, by dotted key."""
    pools = Pools(ThreadPoolExecutor(1), ThreadPoolExecutor(1), ThreadPoolExecutor(2), ThreadPoolExecutor(2))
    try:
        async with desk(home) as on:
            one = Bench(home, on.core, pools, EvidenceStore(home / "evidence"), place, mode, more)
            for account, role in PEOPLE.items():
                one.people.add(Person(account, account.title(), role, f"B-{account}", True, 1), by="test", utc="2026-11-25")
            with one.people._engine.begin() as connection:
                connection.exec_driver_sql("UPDATE people SET password_hash=?, pin_hash=?", (OPEN_HASH, PIN_HASH))
            try:
                yield one
            finally:
                await one.close()
    finally:
        pools.store.shutdown()
        pools.hashing.shutdown()
        pools.pictures.shutdown()
        pools.files.shutdown()
