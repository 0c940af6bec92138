"""The inbox at a start: it can be read when what lay in it was taken, and only then is an answer of customs a word."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from controller.daemon.folder_work import FolderWork
from controller.daemon.inbox import Inbox
from controller.line.event_base import Event
from tests.daemon.test_imports import LISTS, A, Desk, desk
from tests.daemon.test_one_carton import running
from tests.daemon.virtual_line import virtual_line
from tests.line.line_story import CARRIER


@asynccontextmanager
async def watched(on: Desk, inbox: Path) -> AsyncIterator[list[str]]:
    """An inbox of a daemon that has just started, and what it says of itself, each with whether the list of A was known then."""
    said: list[str] = []

    def post(event: Event) -> None:
        said.append(type(event).__name__ + (" with A" if f"{CARRIER}/{A}" in on.core.state.lists else ""))

    work = FolderWork("inbox")
    watching = asyncio.create_task(Inbox(on.importer, inbox, 0.02, work, post).run())
    try:
        yield said
    finally:
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)
        work.close()


async def until(said: list[str], count: int) -> None:
    async with asyncio.timeout(5):
        while len(said) < count:
            await asyncio.sleep(0.01)


async def test_it_says_that_it_can_be_read_when_what_lay_there_was_taken(tmp_path: Path) -> None:
    inbox = tmp_path / "inbox"
    inbox.mkdir()
    (inbox / "l.xml").write_bytes(LISTS)
    async with desk(tmp_path / "d") as on, watched(on, inbox) as said:
        await until(said, 1)
        assert said == ["DeviceUp with A"]
        (inbox / "later.csv").write_bytes(b"nothing")
        await asyncio.sleep(0.2)
    assert said == ["DeviceUp with A"]


async def test_it_says_so_again_when_it_had_been_away(tmp_path: Path) -> None:
    inbox, away = tmp_path / "inbox", tmp_path / "away"
    async with desk(tmp_path / "d") as on, watched(on, inbox) as said:
        await until(said, 1)
        inbox.rename(away)
        await until(said, 2)
        (away / "l.xml").write_bytes(LISTS)
        away.rename(inbox)
        await until(said, 3)
    assert said == ["DeviceUp", "DeviceDown", "DeviceUp with A"]


async def test_a_folder_that_can_not_be_read_at_the_start_is_down_and_not_up(tmp_path: Path) -> None:
    inbox = tmp_path / "inbox"
    inbox.write_text("a file, no folder")
    async with desk(tmp_path / "d") as on, watched(on, inbox) as said:
        await until(said, 1)
        await asyncio.sleep(0.1)
        assert said == ["DeviceDown"]
        inbox.unlink()
        await until(said, 2)
    assert said == ["DeviceDown", "DeviceUp"]


@pytest.mark.virtual
async def test_a_restart_waits_for_the_inbox_and_no_longer(tmp_path: Path) -> None:
    async with virtual_line(tmp_path, **{"customs.customs_silence_limit_s": 40}) as line:
        await running(line)
        assert await line.stop_daemon() == 0
        away = tmp_path / "away"
        (tmp_path / "inbox").rename(away)
        (tmp_path / "inbox").write_text("a file, no folder")
        await line.start_daemon()
        await asyncio.sleep(30)
        assert line.state.facts.customs_heard_ms < 0
        (tmp_path / "inbox").unlink()
        away.rename(tmp_path / "inbox")
        await line.until(lambda: line.state.facts.customs_heard_ms >= 0, 5)
