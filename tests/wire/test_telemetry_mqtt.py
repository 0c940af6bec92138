"""Telemetry against mosquitto: retained state, will, and nothing lost or doubled by key when broker or daemon is killed."""

import asyncio
import contextlib
import json
import os
import shutil
import signal
import sqlite3
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import aiomqtt
import pytest

from simulators.people.desk import SocketDesk

pytestmark = pytest.mark.wire

MOSQUITTO = shutil.which("mosquitto", path=os.environ.get("PATH", "") + ":/usr/sbin")
needs_broker = pytest.mark.skipif(MOSQUITTO is None, reason="mosquitto is not here")
BASE = "xiyong/XY-SIM"


class Broker:
    """A real broker on a port of its own, with its retained values kept over a kill."""

    def __init__(self, home: Path, port: int) -> None:
        self.port = port
        self._conf = home / "mosquitto.conf"
        store = home / "broker"
        store.mkdir()
        # It would give up root; the test's folder belongs to whoever runs the test.
        self._conf.write_text(
            f"listener {port} 127.0.0.1\nallow_anonymous true\nuser root\npersistence true\n"
            f"persistence_location {store}/\nautosave_interval 1\nautosave_on_changes true\n"
        )
        self._process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        assert MOSQUITTO is not None
        quiet = asyncio.subprocess.DEVNULL
        self._process = await asyncio.create_subprocess_exec(MOSQUITTO, "-c", str(self._conf), stdout=quiet, stderr=quiet)
        async with asyncio.timeout(10):
            while True:
                try:
                    _, writer = await asyncio.open_connection("127.0.0.1", self.port)
                except OSError:
                    await asyncio.sleep(0.05)
                    continue
                writer.close()
                await writer.wait_closed()
                return

    def hang(self) -> None:
        """It holds its connections and answers nothing."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)

    def go_on(self) -> None:
        assert self._process is not None
        self._process.send_signal(signal.SIGCONT)

    async def kill(self) -> None:
        if self._process is not None and self._process.returncode is None:
            self._process.kill()
            await self._process.wait()


class Listener:
    """A system of the company: keeps what it hears and drops repeated keys, as the contract asks of it."""

    def __init__(self, port: int) -> None:
        self._port = port
        self.values: dict[str, str] = {}
        self.events: dict[str, dict[str, object]] = {}
        self.repeats = 0

    async def run(self) -> None:
        while True:
            with contextlib.suppress(aiomqtt.MqttError, OSError):
                async with aiomqtt.Client("127.0.0.1", self._port, identifier="listener", clean_session=False) as client:
                    await client.subscribe(f"{BASE}/#", qos=1)
                    async for message in client.messages:
                        self._hear(str(message.topic).removeprefix(f"{BASE}/"), bytes(message.payload))
            await asyncio.sleep(0.1)

    def now(self, topic: str) -> dict[str, object]:
        """A retained value as it was last heard; empty before."""
        value: dict[str, object] = json.loads(self.values.get(topic, "{}"))
        return value

    def _hear(self, topic: str, payload: bytes) -> None:
        if topic != "event":
            self.values[topic] = payload.decode()
            return
        event = json.loads(payload)
        self.repeats += event["key"] in self.events
        assert self.events.setdefault(event["key"], event) == event


async def until(true: Callable[[], bool], within_s: float = 20) -> None:
    async with asyncio.timeout(within_s):
        while not true():
            await asyncio.sleep(0.05)


async def start_daemon(home: Path, port: int) -> asyncio.subprocess.Process:
    quiet = asyncio.subprocess.DEVNULL
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", "controller", "run", "--data", str(home / "data"), "--set", "plc.port=1",
        "--set", "mqtt.host=127.0.0.1", "--set", f"mqtt.port={port}", stdout=quiet, stderr=quiet,
    )  # fmt: skip


@contextlib.asynccontextmanager
async def listening(port: int) -> AsyncIterator[Listener]:
    listener = Listener(port)
    task = asyncio.create_task(listener.run())
    try:
        yield listener
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def refuse_a_file(home: Path, desk: SocketDesk, number: int) -> None:
    """One alarm in the journal."""
    path = home / f"bad-{number}.xml"
    path.write_text(f"<CEB603Message n='{number}'/>")
    answer = await desk.act("import", "wang", "operator", path=str(path))
    assert answer is not None
    assert not answer["ok"]


def alarms_of(listener: Listener) -> list[str]:
    return [str(e["subject"]) for e in listener.events.values() if e["kind"] == "alarm" and e["code"] == "import_refused"]


@needs_broker
async def test_nothing_is_lost_or_doubled_by_key_when_broker_and_daemon_are_killed(tmp_path: Path, unused_tcp_port: int) -> None:
    broker = Broker(tmp_path, unused_tcp_port)
    await broker.start()
    desk = SocketDesk(tmp_path / "data" / "control.sock", "t")
    daemon = await start_daemon(tmp_path, broker.port)
    try:
        async with listening(broker.port) as listener:
            await until(lambda: listener.values.get("online") == "online" and "state" in listener.values)
            assert {"induct", "verify", "scale"} <= set(json.loads(listener.values["birth"])["devices"])
            await until(lambda: listener.now("device/induct").get("state") == "down")
            await until(lambda: "plc_not_ready" in str(listener.now("state").get("blockers")))
            await refuse_a_file(tmp_path, desk, 1)
            await until(lambda: len(alarms_of(listener)) == 1)
            await broker.kill()
            for number in (2, 3, 4):
                await refuse_a_file(tmp_path, desk, number)
            await broker.start()
            await until(lambda: len(alarms_of(listener)) == 4, 45)
            await broker.kill()
            await refuse_a_file(tmp_path, desk, 5)
            daemon.kill()
            await daemon.wait()
            await broker.start()
            daemon = await start_daemon(tmp_path, broker.port)
            await until(lambda: len(alarms_of(listener)) == 5, 45)
            daemon.kill()
            await daemon.wait()
            await until(lambda: listener.values["online"] == "offline", 40)  # the will
            subjects = alarms_of(listener)
    finally:
        await desk.close()
        if daemon.returncode is None:
            daemon.kill()
            await daemon.wait()
        await broker.kill()
    assert subjects == [f"bad-{number}.xml" for number in range(1, 6)]
    with contextlib.closing(sqlite3.connect(tmp_path / "data" / "journal" / "journal.sqlite")) as journal:
        (count,) = journal.execute("SELECT count(*) FROM journal WHERE kind = 'ImportRefused'").fetchone()
    assert count == 5


@needs_broker
async def test_a_daemon_that_is_asked_to_stop_says_that_it_is_gone(tmp_path: Path, unused_tcp_port: int) -> None:
    broker = Broker(tmp_path, unused_tcp_port)
    await broker.start()
    daemon = await start_daemon(tmp_path, broker.port)
    try:
        async with listening(broker.port) as listener:
            await until(lambda: listener.values.get("online") == "online")
            daemon.send_signal(signal.SIGTERM)
            assert await daemon.wait() == 0
            await until(lambda: listener.values["online"] == "offline", 3)
    finally:
        if daemon.returncode is None:
            daemon.kill()
            await daemon.wait()
        await broker.kill()


@needs_broker
async def test_a_broker_that_hangs_holds_nothing_up_and_hears_everything_later(tmp_path: Path, unused_tcp_port: int) -> None:
    broker = Broker(tmp_path, unused_tcp_port)
    await broker.start()
    desk = SocketDesk(tmp_path / "data" / "control.sock", "t")
    daemon = await start_daemon(tmp_path, broker.port)
    try:
        async with listening(broker.port) as listener:
            await until(lambda: listener.values.get("online") == "online", 60)
            broker.hang()
            for number in (1, 2):
                await refuse_a_file(tmp_path, desk, number)  # answered: nobody waits for the broker
            await until_asked(desk, lambda status: "mqtt" in status["devices_down"])
            broker.go_on()
            await until(lambda: len(alarms_of(listener)) == 2, 90)
            await until_asked(desk, lambda status: "mqtt" not in status["devices_down"])
            assert sorted(alarms_of(listener)) == ["bad-1.xml", "bad-2.xml"]
    finally:
        broker.go_on()
        await desk.close()
        if daemon.returncode is None:
            daemon.kill()
            await daemon.wait()
        await broker.kill()


async def until_asked(desk: SocketDesk, true: Callable[[dict[str, Any]], bool]) -> None:
    async with asyncio.timeout(90):
        while not ((status := await desk.ask("status")) and true(status)):
            await asyncio.sleep(0.1)
