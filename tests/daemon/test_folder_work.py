"""A folder that hangs in the kernel: whoever asked is told in time, and what was to be done is done when it is back."""

import asyncio
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from controller.daemon.customs_link import customs_sender
from controller.daemon.folder_work import FolderWork
from controller.daemon.outbox import Envelope, NotSentError
from controller.line.commands import Message
from controller.settings.customs import Customs

BODY = {"list_key": "EMS001/RR1"}
ENVELOPE = Envelope(1, 5, 0, "2026-11-23T00:00:00Z", Message("customs", "inspection_result", "list:1", json.dumps(BODY)))
NAME = "1-5-0-inspection_result.json"


async def test_an_outbox_that_hangs_is_told_in_time_and_takes_the_same_message_when_it_is_back(tmp_path: Path) -> None:
    work = FolderWork("outbox", answer_s=0.3)
    stuck = tmp_path / f".{NAME}.part"
    os.mkfifo(stuck)  # opening it for writing waits for a reader, as a dead share waits for its server
    try:
        send = customs_sender(Customs(outbox_dir=str(tmp_path)), work)
        for _ in range(2):
            with pytest.raises(NotSentError) as told:
                await send(ENVELOPE)
            assert told.value.code == "outbox_hangs"
        reader = os.open(stuck, os.O_RDONLY | os.O_NONBLOCK)
        await asyncio.sleep(0.1)
        stuck.unlink()
        os.close(reader)
        assert (await send(ENVELOPE)).result == "accepted"
        assert json.loads((tmp_path / NAME).read_bytes())["body"] == BODY
    finally:
        work.close()


HANGS = """
import asyncio, sys
from pathlib import Path
from controller.daemon.folder_work import FolderWork

async def main():
    work = FolderWork("share", answer_s=0.2)
    try:
        await work.do(Path(sys.argv[1]).read_bytes)
    except TimeoutError:
        print("told in time")
    work.close()

asyncio.run(main())
"""


def test_a_process_ends_while_its_folder_hangs(tmp_path: Path) -> None:
    """As it would with a dead share: a service manager that has to kill it would cut off what is being written elsewhere."""
    share = tmp_path / "share"
    os.mkfifo(share)
    ended = subprocess.run([sys.executable, "-c", HANGS, str(share)], capture_output=True, text=True, timeout=20, check=False)
    assert (ended.returncode, ended.stdout) == (0, "told in time\n")


async def test_what_was_not_begun_when_it_is_closed_is_not_done(tmp_path: Path) -> None:
    work, done = FolderWork("share"), []
    stuck = tmp_path / "stuck"
    os.mkfifo(stuck)
    first = asyncio.ensure_future(work.do(stuck.read_bytes))
    second = asyncio.ensure_future(work.do(lambda: done.append(2)))
    await asyncio.sleep(0.1)
    work.close()
    stuck.write_bytes(b"back")
    assert await first == b"back"
    with pytest.raises(asyncio.CancelledError):
        await second
    assert done == []
    with pytest.raises(RuntimeError):
        await work.do(lambda: done.append(3))
