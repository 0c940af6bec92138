"""The console as a companion of the daemon: put together from what is aboard, started and stopped as one task.

One rule: it is off unless `[console] host` is set, and the line works without it: a shared account or a database that can not
be used keeps the console shut, never the line.
"""

import asyncio
import secrets
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from fastapi import FastAPI

from controller.console.act_service import Acts
from controller.console.acts_app import acts_app
from controller.console.alarm_history import AlarmHistory, add_alarm_history
from controller.console.boards import Boards, ground_of
from controller.console.claims import Claims
from controller.console.demo_people import NAMES, demo_routes, make_people
from controller.console.drawing import Drawings
from controller.console.gate_desk import add_gate_desk
from controller.console.identity import Identity, Pools
from controller.console.known_acts import newest_acts
from controller.console.line_app import add_line_desk
from controller.console.line_credential import LineCredential, read_credential
from controller.console.live import Live
from controller.console.officer_app import OfficerDesk, add_officer_desk
from controller.console.operator_app import add_operator_desk
from controller.console.other_lines import OtherLines
from controller.console.pages import Pages
from controller.console.people import PEOPLE_NAME, People, open_people
from controller.console.pixels import Pixels
from controller.console.proofs import Proofs, new_token
from controller.console.record_filing import RecordFiling, add_records
from controller.console.screen_sizes import SIZES_NAME, ScreenSizes, add_screen_sizes
from controller.console.screens import Screens, dead_screens
from controller.console.server import Tls, serve, to_the_end
from controller.console.sessions import Limits, Sessions
from controller.console.site_pool import add_site_pool
from controller.console.statistics_desk import follow
from controller.console.story_app import StoryDesk, add_story_desk
from controller.console.story_work import story_desk
from controller.console.verdict_desk import VerdictDesk
from controller.console.view_app import view_app
from controller.console.watched import Watched
from controller.console.web import Guard, Place
from controller.console.wizards import Wizards
from controller.daemon.companions import Aboard, Start
from controller.records.errors import RecordsError
from controller.records.evidence import EvidenceStore
from controller.settings.console import Console
from controller.settings.provenance import FileSource, Origins

DEVICE = "console"
_THREADS = {"store": 1, "hashing": 1, "pictures": 2, "files": 2}  # a picture has two energies


def console(aboard: Aboard, origins: Origins | None = None, source: FileSource | None = None) -> dict[str, Start]:
    """The daemon's companion: nothing at all unless `[console] host` is set. `origins`: where each setting came from."""
    if not aboard.settings.console.host:
        return {}
    return {
        DEVICE: lambda: run(aboard, origins=origins, source=source),
        "statistics": lambda: follow(aboard.data, aboard.journal, aboard.core),
    }


def place_of(options: Console) -> Place:
    return Place(options.name or options.host, options.port, options.acts_port, bool(options.tls_cert_file))


def limits_of(options: Console) -> Limits:
    return Limits(options.idle_customs_s, options.idle_company_s, options.session_longest_s, options.proof_fresh_s)


async def run(
    aboard: Aboard,
    *,
    proofs: Proofs | None = None,
    say: Callable[[str], None] | None = None,
    origins: Origins | None = None,
    source: FileSource | None = None,
) -> None:
    """Serve both ports until cancelled. `proofs` and `say` are for tests."""
    pools = Pools(*(ThreadPoolExecutor(threads, f"console-{name}") for name, threads in _THREADS.items()))
    loop = asyncio.get_running_loop()
    stories = story_desk(aboard, pools.files)
    try:
        people = await loop.run_in_executor(pools.store, lambda: People(open_people(aboard.data / PEOPLE_NAME)))
        try:
            await _serve(aboard, people, stories, pools, proofs or Proofs(), say or _to_the_terminal, (origins or {}, source))
        finally:
            await loop.run_in_executor(pools.store, people.close)
    finally:
        for pool in (pools.store, pools.hashing, pools.pictures, pools.files):
            pool.shutdown(wait=True, cancel_futures=True)
        stories.close()


async def _serve(
    aboard: Aboard, people: People, stories: StoryDesk, pools: Pools, proofs: Proofs, say: Callable[[str], None],
    loaded: tuple[Origins, FileSource | None],
) -> None:  # fmt: skip
    loop, core, options = asyncio.get_running_loop(), aboard.core, aboard.settings.console
    sessions = Sessions(limits_of(options), loop.time, new_token)
    identity = Identity(people, proofs, sessions, pools, loop.time, aboard.wall, new_token)
    if shared := await identity.store(people.shared):
        raise RecordsError(
            "shared_account", f"{', '.join(shared)}: an account is one person's", "switch it off: xiyong account off NAME"
        )
    acts = Acts(core, identity, loop.time, lambda: secrets.token_hex(8))
    line, mode = aboard.settings.line.name, aboard.settings.site.mode.value
    pages = Pages(place_of(options), line, mode)
    live = Live(core, sessions, aboard.boot_id, line, mode, pages.build)
    screens = Screens(
        options.kiosks, loop.time, lambda event: core.post(event, actor=DEVICE), lambda: core.journal_seq,
        dead_screens(core.state),
    )  # fmt: skip
    watched = Watched(aboard.settings, core.state, screens)
    live.sources.append(watched.values)
    evidence = EvidenceStore(aboard.data / "evidence")
    filing = RecordFiling(core, identity, evidence)
    listeners = (acts.take, watched.take, live.take, filing.take)
    core.on_outcome.extend(listeners)
    try:
        upto = core.journal_seq
        for row in await identity.files(newest_acts, aboard.journal, upto):
            acts.remember(*row)
        if options.demo_people:
            await identity.store(make_people, people, identity.utc())
        await _invite_the_first(identity, place_of(options), say)
        place = place_of(options)
        view = view_app(core, identity, live, evidence, aboard.version, tls=place.tls)
        others = _put_officer_desk(
            view, aboard, Pixels(evidence, pools.pictures), identity, live, acts, watched,
            await identity.files(read_credential, options.lines_secret_file),
        )  # fmt: skip
        add_operator_desk(view, Wizards(loop.time, core.now_ms), identity, live)
        _put_line_desk(view, aboard, identity, watched, stories)
        boards = Boards(ground_of(aboard, identity, acts, watched.devices, *loaded), view)
        add_story_desk(view, stories, identity, core)
        if options.demo_people:
            demo_routes(view, identity, tls=place.tls)
        pages.attach(view)
        tls = Tls(options.tls_cert_file, options.tls_key_file) if place.tls else None
        made_up = NAMES if options.demo_people else frozenset()
        viewing, doing = Guard(view, place), Guard(acts_app(acts, identity, place, aboard.version, made_up), place)

        async def each_second() -> None:
            screens.look()
            await identity.end_changed()

        running = (
            loop.create_task(live.run(each_second), name="console live stream"),
            loop.create_task(
                serve({options.port: viewing, options.acts_port: doing}, options.host, tls, live.end, options.trusted_proxies),
                name="console ports",
            ),
            loop.create_task(filing.run(), name="console inspection records"),
            loop.create_task(others.run(), name="console other lines"),
        )
        try:
            await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
        finally:
            await to_the_end(_end(running, acts))
            boards.close()
        for task in running:
            if not task.cancelled():
                task.result()
    finally:
        for listener in listeners:
            core.on_outcome.remove(listener)


def _put_officer_desk(
    view: FastAPI, aboard: Aboard, pixels: Pixels, identity: Identity, live: Live, acts: Acts, watched: Watched,
    credential: LineCredential | None,
) -> OtherLines:  # fmt: skip
    clock = asyncio.get_running_loop().time
    verdicts = VerdictDesk(Drawings(clock, new_token, secrets.randbelow), Claims(clock))
    desk = OfficerDesk(aboard.core, pixels, verdicts, watched.belt)
    add_officer_desk(view, desk, identity, live, acts)
    add_gate_desk(view, aboard.core, identity, live)
    return add_site_pool(view, aboard.settings, credential, desk, identity, live)


def _put_line_desk(view: FastAPI, aboard: Aboard, identity: Identity, watched: Watched, stories: StoryDesk) -> None:
    add_line_desk(view, identity, watched.screens, watched.devices)
    add_records(view, aboard.core, identity, EvidenceStore(aboard.data / "evidence"), stories)
    history = AlarmHistory(aboard.journal, watched.alarms.where, lambda: aboard.core.journal_seq, aboard.settings)
    add_alarm_history(view, identity, history)
    add_screen_sizes(view, identity, ScreenSizes(aboard.data / SIZES_NAME, aboard.settings.console.kiosks))


async def _end(tasks: tuple[asyncio.Task[None], ...], acts: Acts) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    await acts.stop_all()


async def _invite_the_first(identity: Identity, place: Place, say: Callable[[str], None]) -> None:
    """Where an organisation has nobody yet who looks after its accounts: a one-time token for the first."""
    for organisation in await identity.store(identity.people.without_lead):
        token = await identity.invite(organisation, "", "console")
        say(f"{organisation}: no account yet. Open once, within a day: {place.origin}/set-up#{token}\n"
            f"  or in this terminal: xiyong account accept  (it asks for the token)\n")  # fmt: skip


def _to_the_terminal(text: str) -> None:
    """To a person at a terminal alone: a token must not reach a log, and a service's output is one."""
    if sys.stdout.isatty():
        sys.stdout.write(text)
        sys.stdout.flush()
