"""The inbox: whatever adapters do to their files while they are taken, each is read once it is whole, and none unread aside."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from controller.customs.writers import ceb603, ceb604
from controller.daemon.folder_work import FolderWork
from controller.daemon.imports import Imported
from controller.daemon.inbox import Inbox
from controller.daemon.inbox_folder import InboxFolder
from controller.domain.reasons import Role
from tests.daemon.test_imports import A, answer, desk
from tests.line.line_story import CARRIER, declared

POLL_S = 0.05


class Reads:
    """An importer that keeps what it was given. `meanwhile` is what others do while it is busy."""

    def __init__(self) -> None:
        self.names: list[str] = []
        self.texts: list[str] = []
        self.meanwhile: dict[int, Callable[[], Awaitable[None]]] = {}

    async def take_bytes(self, name: str, data: bytes, actor: str, role: Role) -> Imported:
        self.names.append(name)
        self.texts.append(data.decode())
        await self.meanwhile.get(len(self.texts), nothing)()
        refused = ("not whole",) if "half" in self.texts[-1] else ()
        return Imported(name, "receipts", 0 if refused else 1, refused, (), 1)

    async def unreadable(self, name: str, code: str, cause: str) -> Imported:
        self.names.append(name)
        self.texts.append(code)
        return Imported(name, "unreadable", 0, (cause,), (), 1)


async def nothing() -> None:
    return


class Share:
    """A folder, who watches it, and what was posted."""

    def __init__(self, folder: Path, importer: Reads, answer_s: float) -> None:
        self.folder, self.importer = folder, importer
        self.said: list[str] = []
        self.work = FolderWork("inbox", answer_s)
        self.inbox = Inbox(importer, folder, POLL_S, self.work, lambda event: self.said.append(type(event).__name__))  # type: ignore[arg-type]

    def put(self, name: str, text: str) -> None:
        """As an adapter should: written beside, then renamed."""
        fresh = self.folder / f".{name}.part"
        fresh.write_text(text)
        fresh.replace(self.folder / name)

    def lies(self) -> dict[str, str]:
        return {str(p.relative_to(self.folder)): p.read_text() for p in sorted(self.folder.rglob("*")) if p.is_file()}

    async def read(self, count: int) -> None:
        async with asyncio.timeout(10):
            while len(self.importer.texts) < count:
                await asyncio.sleep(POLL_S)
        await asyncio.sleep(5 * POLL_S)


@asynccontextmanager
async def share(folder: Path, importer: Reads | None = None, answer_s: float = 10) -> AsyncIterator[Share]:
    folder.mkdir(exist_ok=True)
    on = Share(folder, importer or Reads(), answer_s)
    watching = asyncio.create_task(on.inbox.run())
    try:
        yield on
    finally:
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)
        on.work.close()


async def test_a_file_renamed_over_one_that_is_being_imported_is_read_too(tmp_path: Path) -> None:
    async with share(tmp_path / "inbox") as on:

        async def next_one() -> None:
            on.put("receipts.xml", "order 500")

        on.importer.meanwhile[1] = next_one
        on.put("receipts.xml", "release 800")
        await on.read(2)
        assert on.importer.texts == ["release 800", "order 500"]
        assert on.importer.names == ["receipts.xml"] * 2
        assert on.lies() == {"done/receipts.xml": "release 800", "done/1-receipts.xml": "order 500"}


async def test_an_order_to_inspect_under_the_name_of_the_receipt_before_it_holds_its_list(tmp_path: Path) -> None:
    async with desk(tmp_path / "d") as on:
        inbox, work = tmp_path / "inbox", FolderWork("inbox")
        inbox.mkdir()
        take = on.importer.take_bytes
        came: list[str] = []

        async def then_the_next_comes(name: str, data: bytes, actor: str, role: Role) -> Imported:
            imported = await take(name, data, actor, role)
            if not came:
                (inbox / ".next").write_bytes(ceb604([answer(A, "500")], guid="H"))
                (inbox / ".next").replace(inbox / name)
            came.append(name)
            return imported

        await on.take("l.xml", ceb603([declared(A)], guid="G"))
        on.importer.take_bytes = then_the_next_comes  # type: ignore[method-assign]
        (inbox / "receipts.xml").write_bytes(ceb604([answer(A, "800")], guid="G"))
        watching = asyncio.create_task(Inbox(on.importer, inbox, POLL_S, work, on.core.post).run())
        async with asyncio.timeout(10):
            while not came or [*inbox.glob("*.xml")] or [*inbox.glob("taking/*")]:
                await asyncio.sleep(POLL_S)
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)
        work.close()
        assert on.core.state.lists[f"{CARRIER}/{A}"].inspection_open


async def test_a_file_that_is_written_anew_while_those_before_it_are_imported_is_not_read_half(tmp_path: Path) -> None:
    async with share(tmp_path / "inbox") as on:

        async def begin_the_second_again() -> None:
            (on.folder / "2.xml").write_text("half")
            asyncio.get_running_loop().call_later(POLL_S / 2, (on.folder / "2.xml").write_text, "second, whole")

        on.importer.meanwhile[1] = begin_the_second_again
        (tmp_path / "inbox" / "1.xml").write_text("first")
        (tmp_path / "inbox" / "2.xml").write_text("second")
        await on.read(2)
        assert on.importer.texts == ["first", "second, whole"]


async def test_what_a_writer_adds_while_its_file_is_imported_is_read(tmp_path: Path) -> None:
    async with share(tmp_path / "inbox") as on:
        with (on.folder / "receipts.xml").open("w") as writer:
            writer.write("release 800")
            writer.flush()

            async def goes_on() -> None:
                writer.write(", order 500")
                writer.flush()

            on.importer.meanwhile[1] = goes_on
            await on.read(2)
        assert on.importer.texts == ["release 800", "release 800, order 500"]
        assert on.lies() == {"done/receipts.xml": "release 800, order 500"}


@pytest.mark.parametrize("first", ["release 800", "half"], ids=["done", "refused"])
async def test_what_a_writer_adds_to_a_file_that_lies_aside_is_read(tmp_path: Path, first: str) -> None:
    async with share(tmp_path / "inbox") as on:
        with (on.folder / "receipts.xml").open("w") as writer:
            writer.write(first)
            writer.flush()
            await on.read(1)
            assert not [*on.folder.glob("*.xml")]
            writer.write(", order 500")
        await on.read(2)
        assert on.importer.texts == [first, f"{first}, order 500"]
        assert on.importer.names == ["receipts.xml"] * 2


async def test_a_file_aside_that_is_dated_anew_is_the_same_file(tmp_path: Path) -> None:
    async with share(tmp_path / "inbox") as on:
        on.put("receipts.xml", "release 800")
        await on.read(1)
        (on.folder / "done" / "receipts.xml").touch()
        await asyncio.sleep(6 * POLL_S)
        assert on.importer.texts == ["release 800"]
        assert on.lies() == {"done/receipts.xml": "release 800"}


@pytest.mark.parametrize("slow", ["done", "taking"])
async def test_a_rename_that_the_share_does_late_moves_no_other_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, slow: str
) -> None:
    rename = Path.replace
    slept: list[str] = []

    def late(path: Path, target: Path) -> Path:
        if target.parent.name == slow and not slept:
            slept.append(path.name)
            time.sleep(1.0)
        return rename(path, target)

    monkeypatch.setattr(Path, "replace", late)
    async with share(tmp_path / "inbox", answer_s=0.3) as on:
        on.put("receipts.xml", "release 800")
        async with asyncio.timeout(10):
            while "DeviceDown" not in on.said:
                await asyncio.sleep(POLL_S)
        on.put("receipts.xml", "order 500")
        await on.read(2 if slow == "done" else 1)
        async with asyncio.timeout(10):
            while [*on.folder.glob("*.xml")] or [*on.folder.glob("taking/*")]:
                await asyncio.sleep(POLL_S)
        # What nobody had read when it was renamed over is gone: its own sender took it away.
        assert on.importer.texts == (["release 800", "order 500"] if slow == "done" else ["order 500"])


async def test_what_was_claimed_when_the_daemon_ended_is_found_by_the_next_one_before_the_rest(tmp_path: Path) -> None:
    async with share(tmp_path / "inbox") as on:

        async def hangs() -> None:
            await asyncio.sleep(60)

        on.importer.meanwhile[1] = hangs
        on.put("b.xml", "first")
        await on.read(1)
    on.put("a.xml", "second")
    on.put("b.xml", "third")
    async with share(tmp_path / "inbox") as again:
        await again.read(3)
        assert again.importer.texts == ["first", "second", "third"]
        assert again.importer.names == ["b.xml", "a.xml", "b.xml"]
        assert again.lies() == {"done/b.xml": "first", "done/a.xml": "second", "done/1-b.xml": "third"}


async def test_a_file_that_can_not_be_renamed_is_read_where_it_lies_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rename = Path.replace

    def forbidden(path: Path, target: Path) -> Path:
        if path.suffix == ".xml" and target.parent.name != path.parent.name:
            raise PermissionError(1, "not allowed")
        return rename(path, target)

    monkeypatch.setattr(Path, "replace", forbidden)
    async with share(tmp_path / "inbox") as on:
        on.put("receipts.xml", "release 800")
        await on.read(1)
        on.put("receipts.xml", "order 500")
        await on.read(2)
        assert on.importer.texts == ["release 800", "order 500"]
        monkeypatch.setattr(Path, "replace", rename)
        await asyncio.sleep(5 * POLL_S)
        assert on.lies() == {"done/receipts.xml": "order 500"}
        assert len(on.importer.texts) == 2
    assert on.said == ["DeviceUp"]


async def test_a_file_that_vanishes_is_no_trouble_of_the_share(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with share(tmp_path / "inbox") as on:
        is_file = Path.is_file

        def then_gone(path: Path) -> bool:
            found = is_file(path)
            if path.name == "gone.xml":
                path.unlink(missing_ok=True)
            return found

        monkeypatch.setattr(Path, "is_file", then_gone)
        (on.folder / "gone.xml").write_text("x")
        on.put("here.xml", "release 800")
        await on.read(1)
        assert on.said == ["DeviceUp"]


async def test_a_share_that_is_not_mounted_any_more_is_away_and_no_empty_folder(tmp_path: Path) -> None:
    async with share(tmp_path / "inbox") as on:
        await asyncio.sleep(3 * POLL_S)
        for name in ("taking", "done", "refused"):
            (on.folder / name).rmdir()
        await asyncio.sleep(3 * POLL_S)
        assert on.said == ["DeviceUp", "DeviceDown"]
        (on.folder / "taking").mkdir()
        on.put("receipts.xml", "release 800")
        await on.read(1)
        assert on.said == ["DeviceUp", "DeviceDown", "DeviceUp"]
        assert on.lies() == {"done/receipts.xml": "release 800"}


async def test_a_job_that_clears_away_empty_folders_takes_no_inbox_down(tmp_path: Path) -> None:
    async with share(tmp_path / "inbox") as on:
        on.put("first.xml", "release 800")
        await on.read(1)
        for name in ("taking", "refused"):
            (on.folder / name).rmdir()
        on.put("second.xml", "order 500")
        await on.read(2)
        assert on.said == ["DeviceUp"]
        assert on.lies() == {"done/first.xml": "release 800", "done/second.xml": "order 500"}


def test_what_was_written_on_after_it_was_read_is_not_moved_aside(tmp_path: Path) -> None:
    """Aside it would be taken back by the same daemon alone: one that starts in between would never read it."""
    folder = InboxFolder(tmp_path)
    folder.make()
    (tmp_path / "receipts.xml").write_text("release 800")
    place = folder.claim("receipts.xml", folder.waiting()["receipts.xml"])
    mark = folder.waiting()[place]
    assert folder.read(place, mark) == b"release 800"
    (tmp_path / place).write_text("release 800, order 500")
    assert not folder.put_aside(place, mark, "done")
    assert list(InboxFolder(tmp_path).waiting()) == [place]
