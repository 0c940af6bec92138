"""The image drop: what the machine writes is taken whole and once, what is none is refused with a reason."""

import asyncio
import hashlib
import json
import os
import random
import resource
import struct
import time
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest

from drivers.xray.codec import BadDropError, Limits, PictureNamed, check_picture, check_png, read_sidecar
from drivers.xray.image_drop import ImageDrop
from drivers.xray.reports import DropRefused, DropSettings, ImageCame, MachineDown, MachineUp, XrayReport
from simulators.xray.drop import BAD_KINDS, Exposure, drop
from simulators.xray.png import grey8, grey16

LIMITS = Limits(file_bytes=1_000_000, pixels=1_000_000)
CODE_OF = {
    "truncated": "truncated", "one_pixel": "too_small", "enormous": "too_large", "wrong_depth": "wrong_depth",
    "empty": "empty", "not_an_image": "not_an_image", "sidecar_cut": "sidecar_malformed",
}  # fmt: skip


def exposure(name: str = "00000001", seed: int = 1, **changes: Any) -> Exposure:
    low, high = (np.random.default_rng(seed + n).integers(0, 65_536, (48, 64)).astype(np.uint16) for n in (0, 1))
    return msgspec.structs.replace(Exposure(name, "1:17", -1, low, high, 400, 10, True, (1,)), **changes)


def sha(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


class Watch:
    """A driver on a folder; `reports` is what it said."""

    def __init__(self, folder: Path, **settings: Any) -> None:
        self.reports: list[XrayReport] = []
        self.keeps = True
        self.driver = ImageDrop(DropSettings("xray", str(folder), poll_ms=50, limits=LIMITS, **settings), self._report)

    async def _report(self, report: XrayReport) -> None:
        self.reports.append(report)
        if self.keeps and isinstance(report, ImageCame | DropRefused):
            self.driver.done(report)

    async def run(self, seconds: float) -> None:
        task = asyncio.create_task(self.driver.run())
        await asyncio.sleep(seconds)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    def of(self, kind: type) -> list[Any]:
        return [one for one in self.reports if isinstance(one, kind)]


async def test_a_drop_is_reported_once_with_the_very_bytes_and_then_goes(tmp_path: Path) -> None:
    watch, one = Watch(tmp_path), exposure()
    drop(tmp_path, one)
    await watch.run(0.3)
    assert [type(r) for r in watch.reports] == [MachineUp, ImageCame]
    came = watch.of(ImageCame)[0]
    assert came.low == grey16(one.low)
    assert (came.sidecar.scan_id, came.sidecar.length_mm, came.size.width_px) == ("1:17", 400, 64)
    assert not list(tmp_path.iterdir())


async def test_a_drop_that_nobody_kept_is_reported_again_by_the_next_driver(tmp_path: Path) -> None:
    drop(tmp_path, exposure())
    for _ in range(2):
        watch = Watch(tmp_path)
        watch.keeps = False
        await watch.run(0.3)
        assert len(watch.of(ImageCame)) == 1


@pytest.mark.parametrize("bad", BAD_KINDS)
async def test_what_is_no_image_is_refused_with_its_reason_and_put_aside(tmp_path: Path, bad: str) -> None:
    watch = Watch(tmp_path)
    drop(tmp_path, exposure(), bad)
    drop(tmp_path, exposure("00000002", 7))
    await watch.run(0.3)
    refused = watch.of(DropRefused)
    assert [r.code for r in refused] == [CODE_OF[bad]]
    side = refused[0].sidecar
    assert (side.scan_id if side is not None else "") == ("1:17" if bad != "sidecar_cut" else "")
    low = side.low.sha256 if side is not None else sha(grey16(exposure().low))
    assert {low, sha(grey16(exposure().high))} <= set(refused[0].pictures)
    assert [r.name for r in watch.of(ImageCame)] == ["00000002.json"], "the one behind it is taken all the same"
    assert (tmp_path / "refused" / "00000001.json").exists()


async def test_the_pictures_of_a_sidecar_that_can_not_be_read_are_known_too(tmp_path: Path) -> None:
    watch = Watch(tmp_path)
    drop(tmp_path, exposure())
    (tmp_path / "00000001.json").write_bytes(b"{")
    await watch.run(0.3)
    assert set(watch.of(DropRefused)[0].pictures) == {sha(grey16(exposure().low)), sha(grey16(exposure().high))}


async def test_a_picture_without_a_sidecar_is_refused_after_a_while(tmp_path: Path) -> None:
    (tmp_path / "00000009.low.png").write_bytes(grey16(exposure().low))
    watch = Watch(tmp_path)
    now_s = 100.0
    assert watch.driver._look(lambda: now_s) == []
    found = watch.driver._look(lambda: now_s + 11)
    assert [r.code for r in found if isinstance(r, DropRefused)] == ["sidecar_missing"]


async def test_a_folder_that_is_away_is_said_once_and_so_is_its_return(tmp_path: Path) -> None:
    folder = tmp_path / "share"
    watch = Watch(folder)
    task = asyncio.create_task(watch.driver.run())
    await asyncio.sleep(0.2)
    folder.mkdir()
    drop(folder, exposure())
    await asyncio.sleep(0.3)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert [type(r) for r in watch.reports] == [MachineDown, MachineUp, ImageCame]
    assert watch.of(MachineDown)[0].code == "folder_unreadable"


async def test_what_a_hanging_folder_gives_too_late_is_found_again(tmp_path: Path) -> None:
    watch = Watch(tmp_path, answer_ms=100)
    look, looks = watch.driver._look, []

    def late_at_first(now: Callable[[], float]) -> list[Any]:
        found = look(now)
        looks.append(len(found))
        time.sleep(0.4 if len(looks) == 1 else 0)
        return found

    watch.driver._look = late_at_first  # type: ignore[method-assign]
    drop(tmp_path, exposure())
    await watch.run(1.2)
    assert looks[0] == 1
    assert [type(r) for r in watch.reports] == [MachineDown, MachineUp, ImageCame]
    assert not list(tmp_path.iterdir())


async def test_an_image_comes_when_a_slow_folder_has_told_of_it_and_no_sooner(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is written while the listing is on its way; a time before that may be one before its carton was at the beam."""
    real = os.scandir
    written_s: list[float] = []

    def slow(folder: Path) -> Iterator[os.DirEntry[str]]:
        time.sleep(0.3)
        if not written_s:
            drop(tmp_path, exposure())
            written_s.append(time.monotonic())
        return real(folder)

    monkeypatch.setattr("drivers.xray.image_drop.os.scandir", slow)
    watch = Watch(tmp_path)
    await watch.run(0.8)
    assert watch.of(ImageCame)[0].at_s >= written_s[0]


async def test_what_can_not_be_cleared_away_yet_goes_later(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    watch = Watch(tmp_path)
    unlink = Path.unlink
    refused: list[str] = []

    def unlinks(path: Path, missing_ok: bool = False) -> None:
        if path.suffix == ".json" and not refused:
            refused.append(path.name)
            raise PermissionError(13, "not now")
        unlink(path, missing_ok=missing_ok)

    monkeypatch.setattr(Path, "unlink", unlinks)
    drop(tmp_path, exposure())
    await watch.run(0.5)
    assert refused
    assert [type(r) for r in watch.reports] == [MachineUp, ImageCame, MachineDown, MachineUp]
    assert not list(tmp_path.iterdir())


async def test_what_can_never_be_cleared_away_keeps_none_behind_it_from_being_read(tmp_path: Path) -> None:
    """A file where the folder of refused drops should stand: each refusal is told, and so is that it stays."""
    (tmp_path / "refused").write_text("somebody's note")
    watch = Watch(tmp_path)
    drop(tmp_path, exposure("00000001"), "one_pixel")
    await watch.run(0.3)
    drop(tmp_path, exposure("00000002", seed=5))
    await watch.run(0.3)
    assert [type(r) for r in watch.reports] == [MachineUp, DropRefused, MachineDown, ImageCame]
    assert watch.of(MachineDown)[0].code == "folder_keeps"
    assert (tmp_path / "00000001.json").exists()


async def test_a_picture_without_a_sidecar_that_can_not_be_moved_is_refused_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each refusal is a row of the journal, and one more thing to be moved at each look."""
    monkeypatch.setattr("drivers.xray.image_drop.ORPHAN_AFTER_S", 0.1)
    (tmp_path / "refused").write_text("somebody's note")
    (tmp_path / "00000001.low.png").write_bytes(b"no sidecar")
    watch = Watch(tmp_path)
    await watch.run(1)
    assert [type(r) for r in watch.reports] == [MachineUp, DropRefused, MachineDown]
    (tmp_path / "refused").unlink()
    await watch.run(0.3)
    assert [path.name for path in tmp_path.iterdir()] == ["refused"]
    (tmp_path / "00000001.low.png").write_bytes(b"another one under its name")
    await watch.run(0.5)
    assert len(watch.of(DropRefused)) == 2


async def test_the_pictures_of_a_good_drop_that_can_not_go_yet_are_not_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("drivers.xray.image_drop.ORPHAN_AFTER_S", 0.1)
    unlink = Path.unlink

    def unlinks(path: Path, missing_ok: bool = False) -> None:
        if path.name.endswith(".high.png"):
            raise PermissionError(13, "somebody has it open")
        unlink(path, missing_ok=missing_ok)

    watch = Watch(tmp_path)
    with monkeypatch.context() as held:
        held.setattr(Path, "unlink", unlinks)
        drop(tmp_path, exposure())
        await watch.run(0.8)
    await watch.run(0.2)
    assert [type(r) for r in watch.reports] == [MachineUp, ImageCame, MachineDown, MachineUp]
    assert not list(tmp_path.iterdir())


async def test_a_sidecar_that_names_the_folder_of_refused_drops_is_refused_like_any_other(tmp_path: Path) -> None:
    watch = Watch(tmp_path)
    drop(tmp_path, exposure("00000001"), "one_pixel")
    await watch.run(0.3)
    drop(tmp_path, exposure("00000002", seed=5))
    side = tmp_path / "00000002.json"
    side.write_text(side.read_text().replace("00000002.low.png", "refused"))
    await watch.run(0.3)
    drop(tmp_path, exposure("00000003", seed=9))
    await watch.run(0.3)
    assert [type(r) for r in watch.reports] == [MachineUp, DropRefused, DropRefused, ImageCame]
    assert {p.name for p in tmp_path.iterdir()} == {"refused", "00000002.low.png"}


async def test_what_comes_under_a_name_that_is_not_cleared_away_yet_is_read_then(tmp_path: Path) -> None:
    """A machine that begins its numbers anew while the journal is slow: the new drop had gone with the old one, unread."""
    watch = Watch(tmp_path)
    watch.keeps = False
    drop(tmp_path, exposure("00000001", seed=1))
    await watch.run(0.2)
    second = exposure("00000001", seed=7, scan_id="1:18")
    drop(tmp_path, second)
    await watch.run(0.2)
    watch.keeps = True
    watch.driver.done(watch.of(ImageCame)[0])
    await watch.run(0.3)
    assert [one.sidecar.scan_id for one in watch.of(ImageCame)] == ["1:17", "1:18"]
    assert not list(tmp_path.iterdir())


async def test_a_folder_that_hangs_is_down_and_does_not_hang_the_loop(tmp_path: Path) -> None:
    watch = Watch(tmp_path, answer_ms=100)

    def hangs(now: Callable[[], float]) -> list[Any]:
        time.sleep(0.4)
        return []

    watch.driver._look = hangs  # type: ignore[method-assign]
    await watch.run(0.25)
    assert [r.code for r in watch.of(MachineDown)] == ["folder_hangs"]


# --- the sidecar ---------------------------------------------------------------------------------------------------


def sidecar(**changes: Any) -> bytes:
    picture = {"file": "a.low.png", "size": 1, "sha256": "00" * 32}
    values = {
        "format": "xiyong-xray-1", "low": picture, "high": picture | {"file": "a.high.png"}, "length_mm": 400,
        "pixel_um": 1000, "complete": True, "scan_id": "1:2", "number": 3,
    }  # fmt: skip
    return json.dumps(values | changes).encode()


def test_a_sidecar_says_what_the_page_says() -> None:
    found = read_sidecar(sidecar())
    assert (found.scan_id, found.number, found.complete) == ("1:2", 3, True)


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "empty"), (b"{", "sidecar_malformed"), (b"[]", "sidecar_malformed"), (b"x" * 70_000, "too_large"),
        (sidecar(format="other"), "sidecar_malformed"), (sidecar(length_mm=0), "sidecar_malformed"),
        (sidecar(length_mm="400"), "sidecar_malformed"), (sidecar(number=-2), "sidecar_malformed"),
        (sidecar(scan_id="1:2; rm"), "sidecar_malformed"), (sidecar(scan_id="1" * 41), "sidecar_malformed"),
        (sidecar(low={"file": "../secret", "size": 1, "sha256": ""}), "sidecar_malformed"),
        (sidecar(low={"file": "/etc/passwd", "size": 1, "sha256": ""}), "sidecar_malformed"),
        (sidecar(low={"file": "a.high.png", "size": 1, "sha256": ""}), "sidecar_malformed"),
        (b"[" * 5000, "sidecar_malformed"),
    ],
)  # fmt: skip
def test_a_sidecar_that_is_none(data: bytes, code: str) -> None:
    with pytest.raises(BadDropError) as bad:
        read_sidecar(data)
    assert bad.value.code == code


# --- pictures ------------------------------------------------------------------------------------------------------


def test_a_whole_picture_has_its_size() -> None:
    size = check_png(grey16(np.zeros((30, 50), np.uint16)), LIMITS)
    assert (size.width_px, size.height_px) == (50, 30)


def test_any_bit_changed_and_any_byte_cut_off_is_seen() -> None:
    good = grey16(exposure().low)
    named = PictureNamed("a.png", len(good), hashlib.sha256(good).hexdigest())
    rng = random.Random(1)
    check_picture(good, named, LIMITS)
    for _ in range(300):
        place = rng.randrange(len(good))
        bad = bytearray(good)
        bad[place] ^= 1 << rng.randrange(8)
        for data in (bytes(bad), good[:place]):
            with pytest.raises(BadDropError):
                check_picture(data, named, LIMITS)
            with pytest.raises(BadDropError):
                check_png(data, LIMITS)


def test_random_bytes_give_a_refusal_and_nothing_else() -> None:
    rng = random.Random(2)
    for _ in range(2000):
        head = rng.choice((b"", b"\x89PNG\r\n\x1a\n", grey16(exposure().low)[: rng.randrange(80)]))
        with pytest.raises(BadDropError):
            check_png(head + rng.randbytes(rng.randrange(200)), LIMITS)


def bomb(declared_px: tuple[int, int], raw_bytes: int) -> bytes:
    """A small file whose stream unpacks to far more than its header says."""
    packer = zlib.compressobj(9)
    packed = b"".join(packer.compress(bytes(1 << 20)) for _ in range(raw_bytes >> 20)) + packer.flush()
    header = struct.pack(">IIBBBBB", *declared_px, 16, 0, 0, 0, 0)

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", packed) + chunk(b"IEND", b"")


def test_a_bomb_costs_neither_memory_nor_time() -> None:
    data = bomb((100, 100), 400 << 20)
    assert len(data) < 1_000_000
    before_kb, began = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.process_time()
    with pytest.raises(BadDropError) as bad:
        check_png(data, LIMITS)
    assert bad.value.code == "too_large"
    assert time.process_time() - began < 0.1
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before_kb < 8 * 1024


@pytest.mark.parametrize(
    ("data", "code"),
    [(grey8(exposure().low), "wrong_depth"), (grey16(np.zeros((1, 1), np.uint16)), "too_small"),
     (bomb((60_000, 60_000), 0), "too_large"), (bomb((1001, 1000), 0), "too_large"), (bomb((100, 100), 0), "truncated"),
     (grey16(exposure().low) + b"more", "damaged"), (b"GIF89a" * 9, "not_an_image"), (b"", "empty")],
)  # fmt: skip
def test_a_picture_that_is_none(data: bytes, code: str) -> None:
    with pytest.raises(BadDropError) as bad:
        check_png(data, LIMITS)
    assert bad.value.code == code
