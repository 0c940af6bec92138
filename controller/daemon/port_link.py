"""The link to the port: it is told of each container that left here (linked release 关港联动).

One rule: 200 with a result is an answer; anything else is none, and the message is posted again under the same key. A status
that is about the message itself keeps back no other container's.
"""

import json

from controller.daemon.http_client import PostError, post_json
from controller.daemon.outbox import Envelope, NotSentError, Receipt, Send, as_json
from controller.settings.departure import Port

RESULTS = ("accepted", "refused")
# What is posted is not taken; a wrong address, missing rights or a busy receiver speak of no message.
OF_THE_MESSAGE = frozenset({400, 409, 410, 413, 415, 422})


def port_sender(options: Port) -> Send:
    """Posts an envelope as JSON to the port's address; its key goes along as `Idempotency-Key`."""

    async def send(envelope: Envelope) -> Receipt:
        headers = {"Idempotency-Key": envelope.key}
        try:
            status, body = await post_json(options.url, as_json(envelope), headers, options.timeout_ms / 1000)
        except PostError as error:
            raise NotSentError(error.code, error.cause) from error
        try:
            answer = json.loads(body)
        except ValueError:
            answer = None
        if status != 200 or not isinstance(answer, dict) or answer.get("result") not in RESULTS:
            raise NotSentError("answer_not_usable", f"status {status}, {body[:100]!r}", of_this=status in OF_THE_MESSAGE)
        return Receipt(str(answer["result"]), str(answer.get("text", "")))

    return send
