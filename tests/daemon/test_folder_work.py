"""A folder that hangs in the kernel: whoever asked is told in time, and what was to be done is done when it is back."""

import asyncio
import json
import os
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
