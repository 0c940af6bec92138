"""What a line knows of other lines' pools: in its own time, never empty where it is not known, and nothing for the company."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from controller.console.line_credential import LineCredential, read_credential
from controller.console.line_pool import WAITING_MOST
from controller.console.other_lines import ANSWER_WITHIN_S, KNOWN_FOR_S, WAIT_MOST_S, OtherLines
from controller.daemon.http_client import ANSWER_LIMIT_BYTES, PostError
from controller.line.explain import View
from tests.console.bench import Hand

OTHERS = (("XY-2", "https://line2.example:8600"), ("XY-3", "https://line3.example:8600"))
SITE = LineCredential(b"the secret of this very site")
Asked = list[tuple[float, str, dict[str, str], float]]


def waiting(track: str, **more: Any) -> dict[str, Any]:
    return {
        "track": track, "carton": "RB00000001CN", "last4": "0001", "must": ["rule_hit"], "waits_ms": 4000, "left_ms": 9000,
        "running": True, "calls": 0, "claimed_by": None, "claimed_name": None,
    } | more  # fmt: skip


def pool(*entries: dict[str, Any], line: str = "XY-2", more: int = 0) -> bytes:
    return msgspec.json.encode({"line": line, "waiting": entries, "more": more})


class Wire:
    """Answers in place of other lines; what is no answer is raised."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self.clock = clock
        self.answers: dict[str, tuple[int, bytes] | Exception] = {}
        self.slow_s: dict[str, float] = {}
        self.asked: Asked = []

    async def __call__(self, url: str, headers: dict[str, str], timeout_s: float) -> tuple[int, bytes]:
        self.asked.append((self.clock(), url, headers, timeout_s))
        await asyncio.sleep(self.slow_s.get(url.split("/")[2], 0))
        answer = self.answers.get(url.split("/")[2], PostError("not_reached", "nobody is there"))
        if isinstance(answer, Exception):
            raise answer
        return answer


class Listening:
    """One line that asks two others; its clock is a hand, and its line began 1000 s before now."""

    def __init__(self, credential: LineCredential | None = SITE, *, linked: bool = False) -> None:
        self.clock = Hand()
        self.changes = 0
        self.wire = Wire(self.clock)
        self.lines = OtherLines(
            OTHERS, credential, self.clock, lambda: int(self.clock() * 1000), self._changed, self.wire, linked=linked
        )

    def _changed(self) -> None:
        self.changes += 1

    async def hears(self, *entries: dict[str, Any], **more: Any) -> dict[str, Any]:
        """What is shown of XY-2 after it told this."""
        self.wire.answers["line2.example:8600"] = (200, pool(*entries, **more))
        assert await self.lines.ask(self.lines.others[0])
        return self.shown()

    async def hears_nothing(self, answer: tuple[int, bytes] | Exception) -> dict[str, Any]:
        self.wire.answers["line2.example:8600"] = answer
        assert not await self.lines.ask(self.lines.others[0])
        return self.shown()

    def shown(self, line: int = 0) -> dict[str, Any]:
        value: Any = self.lines.values(View.CUSTOMS)["lines"]
        return value["list"][line]  # type: ignore[no-any-return]


async def test_a_picture_of_another_line_stands_in_this_lines_time_with_who_looks_at_it() -> None:
    on = Listening()
    told = await on.hears(waiting("1:7", claimed_by="zhang", claimed_name="Zhang"), more=3)
    (one,) = told["waiting"]
    assert (told["state"], told["name"], told["more"]) == ("known", "XY-2", 3)
    assert (one["since_ms"], one["last_call_ms"], one["left_ms"]) == (996_000, 1_009_000, None)
    assert (one["claimed_by"], one["claimed_name"], one["must"], one["called_ms"]) == ("zhang", "Zhang", ("rule_hit",), None)
    ((_, url, headers, timeout_s),) = on.wire.asked
    assert (url, timeout_s) == ("https://line2.example:8600/api/lines/pool", ANSWER_WITHIN_S)
    assert SITE.opens("XY-2", headers["Authorization"].removeprefix("Bearer "))
    assert not SITE.opens("XY-3", headers["Authorization"].removeprefix("Bearer ")), "it opens no other line"
    assert "secret" not in repr(on.wire.asked)


async def test_what_only_trembles_is_not_told_again_and_what_was_decided_is_gone() -> None:
    on = Listening()
    first = await on.hears(waiting("1:7"), waiting("1:8"))
    on.clock.now_s += 1
    assert await on.hears(waiting("1:7", waits_ms=5090, left_ms=7930), waiting("1:8", waits_ms=4980, left_ms=8020)) == first
    on.clock.now_s += 1
    (left,) = (await on.hears(waiting("1:8", waits_ms=6000, left_ms=3000)))["waiting"]
    assert (left["track"], left["last_call_ms"]) == ("1:8", 1_005_000), "a deadline that moved is told"
    stands = (await on.hears(waiting("1:8", left_ms=3000, running=False)))["waiting"][0]
    assert (stands["last_call_ms"], stands["left_ms"]) == (None, 3000), "a belt that stands takes nothing nearer"
    assert (await on.hears())["waiting"] == []
    assert on.shown()["state"] == "known", "known to be empty is another thing than not known"


async def test_who_is_called_again_is_called_here_too_and_once_for_each_call() -> None:
    on = Listening()
    await on.hears(waiting("1:7"))
    on.clock.now_s += 60
    assert (await on.hears(waiting("1:7", calls=1)))["waiting"][0]["called_ms"] == 1_060_000
    on.clock.now_s += 1
    assert (await on.hears(waiting("1:7", calls=1)))["waiting"][0]["called_ms"] == 1_060_000
    on.clock.now_s += 59
    assert (await on.hears(waiting("1:7", calls=2)))["waiting"][0]["called_ms"] == 1_120_000


NO_ANSWERS: dict[str, tuple[int, bytes] | Exception] = {
    "not_reached": PostError("not_reached", "ConnectionRefusedError"),
    "no_answer": PostError("no_answer", "no answer within 2 s"),
    "refused": (401, b'{"ok": false}'), "answer_wrong": (200, b"<html>"), "answer_wrong ": (200, b"[" * ANSWER_LIMIT_BYTES),
    "answer_wrong  ": (200, b"\xff\xfe{}"), "answer_wrong   ": (500, pool(waiting("1:7"))),
    "answer_wrong    ": (200, pool(waiting("<img src=x>"))), "answer_wrong     ": (200, pool(waiting("1:7", waits_ms=-1))),
    "answer_wrong      ": (200, pool(*(waiting(f"1:{n}") for n in range(WAITING_MOST + 1)))),
    "answer_wrong       ": (307, b""), "answer_wrong        ": (200, pool(waiting("1:7", carton="9" * 65))),
    "another_line": (200, pool(waiting("1:7"), line="XY-3")),
}  # fmt: skip


@pytest.mark.parametrize("fault", NO_ANSWERS)
async def test_a_line_that_does_not_answer_as_it_should_is_not_known_since_it_did(fault: str) -> None:
    on = Listening()
    never = await on.hears_nothing(NO_ANSWERS[fault])
    assert (never["state"], never["since_ms"], never["before"]) == ("unknown", 1_000_000, None)
    assert never["fault"] == fault.strip()
    await on.hears(waiting("1:7"), waiting("1:8"), more=1)
    on.clock.now_s += KNOWN_FOR_S - 0.1
    lost_once = await on.hears_nothing(NO_ANSWERS[fault])
    assert (lost_once["state"], len(lost_once["waiting"])) == ("known", 2), "one answer that is lost is no news"
    on.clock.now_s += 0.1
    unknown = on.shown()
    assert (unknown["state"], unknown["since_ms"], unknown["before"]) == ("unknown", 1_000_000, 3)
    assert unknown["waiting"] == [], "what it told before may be decided by now"
    assert unknown["fault"] == fault.strip()
    on.clock.now_s += 60
    again = await on.hears(waiting("1:8"))
    assert (again["state"], [one["track"] for one in again["waiting"]]) == ("known", ["1:8"])


async def test_an_answer_is_as_old_as_its_question() -> None:
    on = Listening()
    on.wire.answers["line2.example:8600"] = (200, pool(waiting("1:7")))
    on.wire.slow_s["line2.example:8600"] = 0.01
    asking = asyncio.create_task(on.lines.ask(on.lines.others[0]))
    await asyncio.sleep(0)
    on.clock.now_s += 2
    assert await asking
    assert on.shown()["waiting"][0]["last_call_ms"] == 1_009_000, "two seconds on the way make no deadline later"
    on.clock.now_s += KNOWN_FOR_S - 2
    assert on.shown()["state"] == "unknown"


@pytest.mark.virtual
async def test_each_line_is_asked_by_itself_and_less_often_while_it_does_not_answer() -> None:
    loop = asyncio.get_running_loop()
    on = Listening()
    on.wire.clock = loop.time
    on.wire.answers["line3.example:8600"] = (200, pool(line="XY-3"))
    began = loop.time()
    task = asyncio.create_task(on.lines.run())
    await asyncio.sleep(60)
    on.wire.slow_s["line2.example:8600"] = 30
    on.wire.answers["line2.example:8600"] = RuntimeError("a fault that nobody foresaw")
    await asyncio.sleep(60)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    times = [[round(at - began) for at, url, *_ in on.wire.asked if name in url] for name in ("line2", "line3")]
    assert times[0][:6] == [0, 2, 6, 14, 22, 30]
    assert all(b - a <= WAIT_MOST_S + 30 for a, b in zip(times[0], times[0][1:], strict=False))
    assert len(times[1]) >= 119, "one line that is away makes no other late"


def test_the_company_is_told_of_no_other_line() -> None:
    assert Listening().lines.values(View.COMPANY) == {}


async def test_without_a_secret_lines_are_linked_and_with_one_that_can_not_be_used_they_are_not_known(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    assert Listening(None, linked=True).shown()["state"] == "linked"
    secret = tmp_path / "lines.secret"
    secret.write_bytes(b"the secret of this very site\n")
    secret.chmod(0o640)
    assert read_credential(str(secret)) is None
    assert "lines.secret can be read by others than its owner: chmod 600" in caplog.text
    on = Listening(None)
    assert (on.shown()["state"], on.shown()["fault"]) == ("unknown", "no_secret")
    secret.chmod(0o600)
    read = read_credential(str(secret))
    assert read is not None
    assert read.for_line("XY-2") == SITE.for_line("XY-2"), "a line break at the end is no other secret"
    assert "very site" not in caplog.text + repr(read)
    secret.write_bytes(b"short")
    assert read_credential(str(secret)) is None
    assert read_credential(str(tmp_path / "none")) is None
    assert read_credential("") is None
