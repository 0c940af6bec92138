"""Long work: every command has one answer, in time or as failed; a hostile image ends its process and nothing else."""

import asyncio
import hashlib
import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from controller.daemon import image_work
from controller.daemon.image_work import Analyser, Draw, drawn, image_jobs, own_process
from controller.daemon.long_work import WAITING_MOST, Worker
from controller.line.commands import AnalyseImage, DrawSelection
from controller.line.event_base import EvidenceNamed
from controller.line.inspection_events import AnalysisFailed, ImageAnalysed, SelectionDrawn, SelectionFailed
from controller.records.evidence import EvidenceStore
from simulators.plant import Carton, Content
from simulators.xray.picture import Shown, render
from simulators.xray.png import grey16

SECRET = bytes(range(32))


def secret_file(tmp_path: Path, secret: bytes = SECRET, mode: int = 0o600) -> str:
    path = tmp_path / "selection.secret"
    path.write_bytes(secret)
    path.chmod(mode)
    return str(path)


class Bench:
    def __init__(self, tmp_path: Path, secret: str = "", limit_s: float = 10.0) -> None:
        self.evidence = EvidenceStore(tmp_path / "evidence")
        self.answers: list[Any] = []
        self.reader = ThreadPoolExecutor(1)
        self.analyser = Analyser(self.evidence, self.reader, own_process, limit_s)
        self.worker = Worker(image_jobs(self.analyser, Draw(secret, self.reader), limit_s), self.answers.append)

    def keep(self, data: bytes) -> EvidenceNamed:
        self.evidence.put(data, "image/png")
        return EvidenceNamed(hashlib.sha256(data).hexdigest(), len(data), "x.png")

    def image(self, low: bytes = b"", high: bytes = b"") -> AnalyseImage:
        shirts = Carton(1, 400, 2000, (), (Content("shirts", "textile", 1775, 20, 0, 360, 300),))
        good_low, good_high = render([Shown(shirts, 0.0)], 4, np.random.default_rng(1))
        kept = (self.keep(low or grey16(good_low)), self.keep(high or grey16(good_high)))
        return AnalyseImage("w1", "1:1", *kept, 4000, 2000, 1, 2000, ("6109100010",))

    async def until(self, count: int, within_s: float = 30) -> list[Any]:
        task = asyncio.create_task(self.worker.run())
        async with asyncio.timeout(within_s):
            while len(self.answers) < count:
                await asyncio.sleep(0.02)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        return self.answers

    def close(self) -> None:
        self.analyser.close()
        self.reader.shutdown()


async def test_the_log_does_not_say_that_customs_draws_nor_what_failed(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    bench = Bench(tmp_path, str(tmp_path / "no-such.secret"))
    bench.worker.start(DrawSelection("EMS001/RR100000017CN", 20))
    (answer,) = await bench.until(1)
    assert isinstance(answer, SelectionFailed)
    assert "no-such.secret" in answer.cause, "customs is told, in the journal"
    (line,) = caplog.records
    assert line.getMessage() == "customs_check failed: why stands in the journal, for customs"
    assert line.exc_info is None
    bench.close()


@pytest.mark.wire
async def test_an_image_is_analysed_in_a_process_of_its_own(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    bench.worker.start(bench.image())
    (answer,) = await bench.until(1)
    assert isinstance(answer, ImageAnalysed)
    assert 1700 < answer.mass_g < 2300
    assert answer.findings == ()
    bench.close()


@pytest.mark.wire
async def test_an_image_that_can_not_be_read_has_failed_and_the_next_is_analysed(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    bench.worker.start(bench.image(low=b"\x89PNG\r\n\x1a\nnothing"))
    bench.worker.start(bench.image())
    bad, good = await bench.until(2)
    assert isinstance(bad, AnalysisFailed)
    assert "UnreadableImage" in bad.cause
    assert isinstance(good, ImageAnalysed)
    bench.close()


def never_comes_back(*_arguments: Any) -> Any:
    """Holds the interpreter for ever, as a decoder with a bug would; only the process's own alarm ends it."""
    if image_work._bounded:
        signal.setitimer(signal.ITIMER_REAL, 0.5)
    while True:
        sum(range(1000))


def takes_all_memory(*_arguments: Any) -> Any:
    return [bytearray(1 << 28) for _ in range(64)]


@pytest.mark.wire
@pytest.mark.parametrize("hostile", [never_comes_back, takes_all_memory])
async def test_a_decoder_that_runs_wild_ends_alone(tmp_path: Path, hostile: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    bench = Bench(tmp_path, limit_s=20)
    real = image_work.analyse_files
    monkeypatch.setattr(image_work, "analyse_files", hostile)
    bench.worker.start(bench.image())
    began = time.monotonic()
    (bad,) = await bench.until(1, 25)
    assert isinstance(bad, AnalysisFailed)
    assert time.monotonic() - began < 20
    monkeypatch.setattr(image_work, "analyse_files", real)
    bench.worker.start(bench.image())
    answers = await bench.until(2)
    assert isinstance(answers[1], ImageAnalysed), "the next image finds a new process"
    bench.close()


async def test_evidence_that_is_gone_is_a_failed_analysis(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    work = bench.image()
    (bench.evidence.path(work.low.sha256)).unlink()
    bench.worker.start(work)
    (answer,) = await bench.until(1)
    assert isinstance(answer, AnalysisFailed)
    bench.close()


async def test_a_full_queue_answers_at_once(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    for _ in range(WAITING_MOST + 1):
        bench.worker.start(DrawSelection("E/A", 20))
    assert [answer.cause for answer in bench.answers] == [f"queue_full: {WAITING_MOST} wait already"]
    bench.close()


# --- the draw ------------------------------------------------------------------------------------------------------


async def test_the_draw_can_be_made_again_with_the_secret_and_not_without(tmp_path: Path) -> None:
    bench = Bench(tmp_path, secret_file(tmp_path))
    for number in range(50):
        bench.worker.start(DrawSelection(f"E/{number}", 300))
    answers = await bench.until(50)
    assert [a.selected for a in answers if isinstance(a, SelectionDrawn)] == [drawn(SECRET, f"E/{n}", 300) for n in range(50)]
    assert [a.selected for a in answers] != [drawn(b"another secret of 30 bytes....", f"E/{n}", 300) for n in range(50)]
    bench.close()


def test_as_many_are_drawn_as_shall_be() -> None:
    for permille in (0, 20, 500, 1000):
        count = sum(drawn(SECRET, f"E/{n}", permille) for n in range(20_000))
        assert abs(count - 20 * permille) < 4 * (20_000 * permille / 1000 * (1 - permille / 1000)) ** 0.5 + 1


@pytest.mark.parametrize("name", ["", "nothing-here"])
async def test_without_a_secret_a_person_looks(tmp_path: Path, name: str) -> None:
    bench = Bench(tmp_path, str(tmp_path / name) if name else "")
    bench.worker.start(DrawSelection("E/A", 20))
    (answer,) = await bench.until(1)
    assert isinstance(answer, SelectionFailed)
    assert answer.carton == "E/A"
    bench.close()


def test_the_bounds_are_set_in_the_own_process_alone() -> None:
    assert not image_work._bounded


@pytest.mark.wire
def test_the_analysers_process_ends_with_a_daemon_that_is_killed(tmp_path: Path) -> None:
    script = tmp_path / "daemon.py"
    script.write_text(
        "import os, time\nfrom controller.daemon.image_work import own_process\n"
        "if __name__ == '__main__':\n"
        "    print(own_process().submit(os.getpid).result(), flush=True)\n    time.sleep(60)\n"
    )
    here = os.environ | {"PYTHONPATH": os.getcwd()}
    daemon = subprocess.Popen([sys.executable, str(script)], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=here)
    assert daemon.stdout is not None
    analyser = int(daemon.stdout.readline())
    daemon.kill()
    daemon.communicate()
    until_s = time.monotonic() + 10
    while Path(f"/proc/{analyser}").exists() and time.monotonic() < until_s:
        time.sleep(0.05)
    assert not Path(f"/proc/{analyser}").exists()
