"""The link to customs: arrivals as CEB507, results of inspections as JSON, by HTTP or into a folder; and whether it answers.

One rule: what is sent is made from the journal's row alone, so that a message that is sent again is the same, byte for byte.
Over HTTP 200 with a result is an answer and anything else is none. A file is there whole or not at all, and its name is the
message's key; there customs' adapter takes over, and nobody has answered. Forms: docs/customs.md.
"""

import asyncio
import json
import logging
import os
from pathlib import Path

import msgspec

from controller.customs import ceb507
from controller.daemon.core_loop import CoreLoop
from controller.daemon.folder_work import FolderWork
from controller.daemon.http_client import PostError, post
from controller.daemon.outbox import Envelope, NotSentError, Receipt, Send, as_json
from controller.domain.arrivals import Arrival
from controller.line.customs_events import CustomsHeard
from controller.line.customs_out import ARRIVAL, orders_are_read
from controller.records.ownership import sync_directory
from controller.settings.customs import Customs

log = logging.getLogger("xiyong.customs")

RESULTS = ("accepted", "refused")
ANSWER_KEPT = 100
XML, JSON = "application/xml", "application/json"
# A quiet office is asked well within the limit; one that does not answer is asked again soon.
ASKS_WITHIN_LIMIT = 4
ASK_MOST_S, ASK_AGAIN_S = 60.0, 2.0


def encoded(envelope: Envelope, options: Customs) -> tuple[str, bytes]:
    """Content type and bytes of a message. `ArrivalRefusedError` if customs' form can not carry it."""
    if envelope.message.kind != ARRIVAL:
        return JSON, as_json(envelope) + b"\n"
    arrival = msgspec.json.decode(envelope.message.body, type=Arrival)
    site = ceb507.Site(options.operator_code, options.operator_name, options.loct_no, options.traf_mode, options.dxp_id)
    return XML, ceb507.encode(arrival, site, envelope.key, envelope.utc)


def customs_sender(options: Customs, folder: FolderWork) -> Send:
    """By HTTP if there is an address, else into the folder."""

    async def send(envelope: Envelope) -> Receipt:
        try:
            content_type, body = encoded(envelope, options)
        except ceb507.ArrivalRefusedError as refused:
            # Sent again it would be the same: it counts as refused, which is an alarm, and does not keep back the others.
            return Receipt("refused", f"not sent: {refused}; {refused.next_step}")
        if options.office_url:
            return await _posted(options, envelope.message.kind, envelope.key, content_type, body)
        name = f"{envelope.key}-{envelope.message.kind}.{'xml' if content_type == XML else 'json'}"
        try:
            await folder.do(lambda: put_whole(Path(options.outbox_dir), name, body))
        except TimeoutError as error:
            raise NotSentError("outbox_hangs", f"{options.outbox_dir} does not answer") from error
        except OSError as error:
            raise NotSentError("outbox_unwritable", f"{options.outbox_dir}: {error.strerror or error}") from error
        return Receipt("accepted", f"file {name}")

    return send


async def _posted(options: Customs, kind: str, key: str, content_type: str, body: bytes) -> Receipt:
    headers = {"Idempotency-Key": key, "Xiyong-Kind": kind}
    try:
        status, answer = await post(options.office_url, body, content_type, headers, options.timeout_ms / 1000)
    except PostError as error:
        raise NotSentError(error.code, error.cause) from error
    try:
        told = json.loads(answer)
    except (ValueError, RecursionError):
        told = None
    if status != 200 or not isinstance(told, dict) or told.get("result") not in RESULTS:
        raise NotSentError("answer_not_usable", f"status {status}, {answer[:ANSWER_KEPT]!r}")
    return Receipt(str(told["result"]), str(told.get("text", "")))


def put_whole(folder: Path, name: str, data: bytes) -> None:
    """Written beside and renamed, on the disk when this returns. The same name again is the same message again."""
    folder.mkdir(parents=True, exist_ok=True)
    fresh = folder / f".{name}.part"
    with fresh.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(folder / name)
    sync_directory(folder)


class CustomsPulse:
    """Asks customs' system whether it is there, so that a quiet hour is told from a dead link. `run` never ends by itself."""

    def __init__(self, options: Customs, line: int, core: CoreLoop) -> None:
        self._options, self._line, self._core = options, line, core
        self._every_s = min(ASK_MOST_S, options.customs_silence_limit_s / ASKS_WITHIN_LIMIT)
        self._silent = False

    async def run(self) -> None:
        body = json.dumps({"line": self._line, "kind": "hello"}).encode()
        while True:
            try:
                await _posted(self._options, "hello", "", JSON, body)
            except NotSentError as error:
                if not self._silent:
                    log.warning("customs does not answer: %s", error)
                self._silent = True
                await asyncio.sleep(min(ASK_AGAIN_S, self._every_s))
                continue
            if self._silent:
                log.info("customs answers again")
            self._silent = False
            if not orders_are_read(self._core.state.facts):
                await asyncio.sleep(min(ASK_AGAIN_S, self._every_s))  # it would be no word
                continue
            self._core.post(CustomsHeard("http"), actor="customs")
            await asyncio.sleep(self._every_s)
