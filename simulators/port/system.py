"""A port system behind HTTP, which counts the containers that it is told of.

The one rule: what it has counted is noted for the oracle; a repeat is noted as one.
"""

import json
from typing import Any

from simulators.world.posted import Headers, Note, PostedSystem


class PortSystem(PostedSystem):
    path = "/linked-release"

    def __init__(self, note: Note) -> None:
        super().__init__(note)
        self.released: list[dict[str, Any]] = []

    def take(self, headers: Headers, body: bytes) -> tuple[str, str]:
        message = json.loads(body)
        key = f"{message['line']}-{message['seq']}-{message['index']}"
        repeat = key in self.answered
        if repeat:
            self.repeats += 1
        else:
            self.answered[key] = "refused" if self.mood.refuse else "accepted"
            self.released.append(message["body"])
        self._note("port_told", seq=message["seq"], index=message["index"], repeat=repeat, result=self.answered[key],
                   container_no=message["body"].get("container_no", ""), cartons=message["body"].get("cartons", []))  # fmt: skip
        result = self.answered[key]
        return result, "" if result == "accepted" else "no berth for it"
