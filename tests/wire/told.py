"""What a daemon told people, read from its journal while it runs: why a carton was not released, which alarms there were."""

from collections.abc import Iterator

from controller.domain.alarms import ALARMS
from controller.line.commands import Alarm, Outcome, decode_outcome
from controller.line.events import AnyEvent, decode_event
from controller.records.journal_file import open_reader
from tests.line.line_story import CARRIER
from tests.wire.line_bench import DaemonProcess


class Told:
    """Each question reads the journal anew."""

    def __init__(self, daemon: DaemonProcess) -> None:
        self._journal = daemon.home / "journal" / "journal.sqlite"

    def rows(self) -> Iterator[tuple[AnyEvent, Outcome]]:
        reader = open_reader(self._journal)
        try:
            for row in reader.rows(1):
                yield decode_event(row.event).event, decode_outcome(row.outcome)
        finally:
            reader.close()

    def events(self, kind: str) -> int:
        """How often something happened."""
        return sum(type(event).__name__ == kind for event, _ in self.rows())

    def more_than(self, kind: str, times: int) -> bool:
        """Whether it happened again since there were so many."""
        return self.events(kind) > times

    def against(self, number: str) -> dict[str, str]:
        """What spoke against releasing a carton when its lane was decided last: code and cause. Each has a next step."""
        last: dict[str, str] = {}
        for _, outcome in self.rows():
            for one in outcome.decisions:
                if one.carton == f"{CARRIER}/{number}" or not one.carton:
                    assert all(blocker.next_step for blocker in one.blockers)
                    last = {blocker.code: blocker.cause for blocker in one.blockers}
        return last

    def alarms(self, code: str) -> list[Alarm]:
        """Alarms of a kind, which has a next step."""
        assert ALARMS[code].next_en
        return [alarm for _, outcome in self.rows() for alarm in outcome.alarms if alarm.code == code]

    def down(self, device: str) -> list[str]:
        """With which code a device was called down, each time: one alarm, whatever more it reports while it is down."""
        return [alarm.detail.partition(":")[0] for alarm in self.alarms("device_down") if alarm.subject == device]

    def called_down(self, device: str, code: str) -> bool:
        """Whether it was called down with this code last. Waited for: a state shows before its row is durable."""
        return self.down(device)[-1:] == [code]
