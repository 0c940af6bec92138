"""The daemon and customs' system in virtual time: told once by key, whatever the office does; a restart; a folder; silence."""

import asyncio
import contextlib
import json
import sqlite3
from pathlib import Path

import pytest

from controller.domain.reasons import Role
from controller.line.events import InspectionClosed
from simulators.customs_office.front_desk import read_arrival
from simulators.customs_office.messages import arrival_answers
from tests.daemon.test_gate_and_port import answered, events
from tests.daemon.test_one_carton import papers, running
from tests.daemon.virtual_line import VirtualLine, virtual_line
from tests.line.line_story import CARRIER, s10

pytestmark = pytest.mark.virtual

A, B = s10(10000001), s10(10000002)
FAST = {"customs.arrival_wait_s": 2, "customs.customs_silence_limit_s": 40}


async def scanned_in(line: VirtualLine) -> None:
    await running(line)
    await papers(line, A)
    line.place(1, A)
    await line.until(lambda: line.lanes().get(1), 60)


@pytest.mark.parametrize("mood", ["well", "dead", "lost", "broken", "late"])
async def test_customs_is_told_of_an_arrival_once_whatever_its_mood(tmp_path: Path, mood: str) -> None:
    async with virtual_line(tmp_path, **FAST) as line:
        await running(line)
        office = line.customs.mood
        office.dead, office.late_s = mood == "dead", 8.0 if mood == "late" else 0.0
        await scanned_in(line)
        office.lost_answers, office.broken_answers = 2 * (mood == "lost"), 2 * (mood == "broken")
        await asyncio.sleep(20)
        assert len(line.customs.arrivals) == (mood != "dead")
        office.dead, office.late_s = False, 0.0
        await line.until(lambda: answered(line, "customs"), 60)
        (told,) = line.customs.arrivals.values()
        assert (told.carrier, told.numbers) == (CARRIER, (A,))
        assert not line.customs.changed
        assert len(answered(line, "customs")) == 1
        assert "customs" not in line.state.facts.devices_down


async def test_a_restart_tells_what_was_not_answered_and_nothing_that_was(tmp_path: Path) -> None:
    async with virtual_line(tmp_path, **FAST) as line:
        await running(line)
        line.customs.mood.dead = True
        await scanned_in(line)
        await asyncio.sleep(5)
        await line.stop_daemon()
        line.customs.mood.dead = False
        await line.start_daemon()
        await line.until(lambda: line.customs.arrivals, 30)
        await asyncio.sleep(2)
        await line.stop_daemon()
        await line.start_daemon()
        await asyncio.sleep(5)
        assert (len(line.customs.arrivals), line.customs.repeats) == (1, 0)


async def test_a_dead_office_silences_the_line_and_its_first_answer_lifts_that(tmp_path: Path) -> None:
    async with virtual_line(tmp_path, **FAST) as line:
        await running(line)
        await papers(line, A, B)
        line.customs.mood.dead = True
        await asyncio.sleep(60)
        line.place(1, A)
        await line.until(lambda: line.lanes().get(1), 60)
        assert line.lanes()[1] != 3
        line.customs.mood.dead = False
        await asyncio.sleep(5)
        line.place(2, B)
        await line.until(lambda: line.lanes().get(2), 60)
        assert line.lanes()[2] == 3


async def test_into_a_folder_whole_and_by_key(tmp_path: Path) -> None:
    async with virtual_line(tmp_path, **{"customs.office_url": "", "customs.outbox_dir": "told", "customs.arrival_wait_s": 2,
                                         "customs.customs_silence_limit_s": 0}) as line:  # fmt: skip
        await running(line)
        await papers(line, A)
        found = line.state.lists[f"{CARRIER}/{A}"]
        line.state.lists[found.key] = type(found)(found.key, found.declared, "500", "20261123090000000", inspection_open=True)
        await line.act(InspectionClosed(found.key, "nothing found"), Role.OFFICER)
        line.place(1, A)
        await line.until(lambda: len(answered(line, "customs")) == 2, 90)
        result, arrival = sorted((tmp_path / "told").iterdir())
        told = json.loads(result.read_bytes())
        assert result.name == f"{told['line']}-{told['seq']}-{told['index']}-inspection_closed.json"
        assert (told["kind"], told["body"]["list_key"], told["body"]["remark"]) == (
            "inspection_closed",
            found.key,
            "nothing found",
        )
        assert read_arrival("", arrival.read_bytes()).numbers == (A,)
        assert not list((tmp_path / "told").glob(".*"))


async def test_what_customs_answers_comes_by_the_inbox_and_rubbish_there_stops_nothing(tmp_path: Path) -> None:
    async with virtual_line(tmp_path, **FAST) as line:
        await scanned_in(line)
        await line.until(lambda: answered(line, "customs"), 60)
        cop_no = next(iter(line.customs.arrivals.values())).cop_no
        inbox = tmp_path / "inbox"
        (inbox / "1.xml").write_bytes(arrival_answers([(cop_no, 1, "100", "20261123100000000")], "no"))
        (inbox / "2.xml").write_bytes(b"<CEB508Message>")
        await line.until(lambda: len(events(line, "ImportRefused")) == 1 and events(line, "ArrivalAnswered"), 20)
        await asyncio.sleep(2)
        with contextlib.closing(sqlite3.connect(tmp_path / "records.sqlite")) as records:
            question = "SELECT m.kind, m.about, a.result FROM messages m JOIN message_answers a ON a.message_seq = m.journal_seq"
            told = records.execute(question)
            assert told.fetchall() == [("arrival", "load:L1", "accepted")]
            assert records.execute("SELECT cop_no, part, status FROM arrival_answers").fetchall() == [(cop_no, 1, "100")]
        assert events(line, "ImportRefused")[0]["code"] == "not_xml"
