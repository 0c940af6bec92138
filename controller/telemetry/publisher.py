"""MQTT: the line's state and devices as retained values, what happened as messages with keys.

One rule: a message counts as sent only when the broker has acknowledged it (QoS 1), and the place in the journal moves only
then; a broker that is away costs nothing but lateness. Repeats are possible after a crash and carry the same key.

Topics below `prefix/line`: `online` (retained, `online` or `offline`, the last also as the will), `birth` (retained: who speaks),
`state` and `device/NAME` (retained), `event` (not retained). aiomqtt does not reconnect: that is done here.
"""

import asyncio
import contextlib
import json
import logging
import ssl
from collections.abc import Callable, Mapping
from concurrent.futures import Executor
from pathlib import Path
from typing import TypeVar

import aiomqtt
import msgspec

from controller.daemon.companions import Aboard, Start
from controller.daemon.core_loop import CoreLoop
from controller.line.commands import Outcome, decode_outcome
from controller.line.events import DeviceDown, DeviceUp, Stamped, decode_event
from controller.records.journal_file import open_reader
from controller.records.place import Place, PlaceFile
from controller.records.secret_files import SecretError, read_password
from controller.settings.model import Mqtt
from controller.telemetry.company_view import SCHEMA, Value, device_states, differs, happenings, line_state

log = logging.getLogger("xiyong.telemetry")

T = TypeVar("T")

DEVICE = "mqtt"
PAGE_ROWS = 200
STATE_EVERY_S = 1.0
TOGETHER_S = 0.05  # what one poll brought goes in one turn
RETRY_FIRST_S, RETRY_MOST_S = 0.5, 30.0
CONNECT_WITHIN_S = 5.0


class Speaker(msgspec.Struct, frozen=True):
    """Who speaks."""

    line_id: int
    line: str
    boot_id: str
    version: str
    devices: tuple[str, ...]


class Telemetry:
    """`run` under supervision; the line works without it."""

    def __init__(
        self, options: Mqtt, speaker: Speaker, core: CoreLoop, journal: Path, place: PlaceFile, executor: Executor
    ) -> None:
        self._options = options
        self._speaker = speaker
        self._core = core
        self._journal = journal
        self._place_file = place
        self._executor = executor
        self._base = f"{options.prefix}/{speaker.line}"
        self._wanted = asyncio.Event()
        self._told_down = ""
        self._place = Place()
        self._sent: dict[str, Value] = {}
        core.on_outcome.append(self._look)

    def _look(self, seq: int, stamped: Stamped, outcome: Outcome) -> None:
        self._wanted.set()

    async def run(self) -> None:
        retry_s = RETRY_FIRST_S
        self._place = await self._off_loop(self._place_file.load)
        while True:
            self._sent = {}
            try:
                async with self._client() as client:
                    await self._birth(client)
                    retry_s = RETRY_FIRST_S
                    self._tell_up()
                    try:
                        while True:
                            await self._turn(client)
                    except asyncio.CancelledError:
                        # A clean goodbye sends no will.
                        with contextlib.suppress(aiomqtt.MqttError, TimeoutError):
                            async with asyncio.timeout(1):
                                await client.publish(f"{self._base}/online", "offline", qos=1, retain=True)
                        raise
            except (aiomqtt.MqttError, OSError, SecretError) as error:
                self._tell_down(str(error) or type(error).__name__)
            await asyncio.sleep(retry_s)
            retry_s = min(retry_s * 2, RETRY_MOST_S)

    def _client(self) -> aiomqtt.Client:
        options = self._options
        password = read_password(options.password_file) if options.password_file else None
        return aiomqtt.Client(
            options.host,
            options.port,
            identifier=f"xiyong-{self._speaker.line}",
            username=options.username or None,
            password=password,
            tls_context=ssl.create_default_context(cafile=options.ca_file) if options.ca_file else None,
            will=aiomqtt.Will(f"{self._base}/online", "offline", qos=1, retain=True),
            timeout=CONNECT_WITHIN_S,
            keepalive=options.keepalive_s,
        )

    async def _birth(self, client: aiomqtt.Client) -> None:
        speaker = self._speaker
        born = {"schema": SCHEMA, "line_id": speaker.line_id, "line": speaker.line, "boot_id": speaker.boot_id,
                "version": speaker.version, "devices": list(speaker.devices)}  # fmt: skip
        await client.publish(f"{self._base}/birth", _encoded(born), qos=1, retain=True)
        await client.publish(f"{self._base}/online", "online", qos=1, retain=True)

    async def _turn(self, client: aiomqtt.Client) -> None:
        """Everything that is new, then wait for more."""
        self._wanted.clear()
        await self._states(client)
        while True:
            found, behind = await self._off_loop(self._after)
            if behind == self._place:
                break
            for value in found:
                await client.publish(f"{self._base}/event", _encoded(value), qos=1)
            self._place = behind
            await self._off_loop(self._save)
        with contextlib.suppress(TimeoutError):
            # Ping and answer are paho's; a broker that has gone shows at the next publish, or here after the keep-alive.
            async with asyncio.timeout(STATE_EVERY_S):
                await self._wanted.wait()
        await asyncio.sleep(TOGETHER_S)

    async def _states(self, client: aiomqtt.Client) -> None:
        state = self._core.state
        now = {"state": line_state(state)}
        now |= {f"device/{name}": value for name, value in device_states(state, self._speaker.devices).items()}
        for topic, value in differs(self._sent, now).items():
            await client.publish(f"{self._base}/{topic}", _encoded(value), qos=1, retain=True)
            self._sent[topic] = value

    def _save(self) -> None:
        self._place_file.save(self._place)

    def _after(self) -> tuple[list[Value], Place]:
        """In the executor: the messages of the next rows, and the place behind them."""
        place = self._place
        reader = open_reader(self._journal)
        try:
            self._place_file.check(reader, place)
            rows = reader.page(place.seq + 1, PAGE_ROWS)
        finally:
            reader.close()
        if not rows:
            return [], place
        found = [
            value
            for row in rows
            for value in happenings(self._speaker.line_id, row.seq, decode_event(row.event), decode_outcome(row.outcome))
        ]
        return found, Place(rows[-1].seq, rows[-1].hash.hex())

    async def _off_loop(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._executor, work)

    def _tell_down(self, cause: str) -> None:
        if not self._told_down:
            log.warning("the MQTT broker %s:%s is away: %s; nothing is lost", self._options.host, self._options.port, cause)
            self._core.post(DeviceDown(DEVICE, "broker_away", cause[:500]), actor=DEVICE)
        self._told_down = cause or "away"

    def _tell_up(self) -> None:
        if self._told_down:
            log.info("the MQTT broker is back")
            self._core.post(DeviceUp(DEVICE), actor=DEVICE)
        self._told_down = ""


def _encoded(value: Mapping[str, object]) -> bytes:
    return json.dumps(value, ensure_ascii=False, sort_keys=True).encode()


def telemetry(aboard: Aboard) -> dict[str, Start]:
    """The daemon's companion: nothing at all unless `[mqtt] host` is set."""
    settings = aboard.settings
    if not settings.mqtt.host:
        return {}
    names = [one.name for one in settings.scanners]
    names += [one.name for one in settings.scales]
    names += [one.name for one in settings.stack_lights]
    names += [one.name for one in settings.gates]
    speaker = Speaker(settings.line.id, settings.line.name, aboard.boot_id, aboard.version, tuple(names))
    place = PlaceFile(aboard.data / "outbox" / "mqtt.json")
    return {DEVICE: Telemetry(settings.mqtt, speaker, aboard.core, aboard.journal, place, aboard.executor).run}
