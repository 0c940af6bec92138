"""What a person sees of the demo: a legend, the scenes as they happen, progress, and the table at the end.

One rule: with `--json` everything but the last line goes to standard error, and the last line is one JSON object.
"""

import json
import sys
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from controller.line.reconciliation import ENDS

SUMMARY = (
    "cartons", "released", "inspected", "anomaly", "removed", "on_line", "held", "detained",
    "loaded", "departed", "gate_refused", "unaccounted", "release_without_decision",
    "journal_events", "journal_verified",
)  # fmt: skip

# The demo's own promise for a day of at least so many cartons; a shorter day has too few ordinary ones for a share.
SHARE_FROM_CARTONS = 150
RELEASED_LEAST_PERCENT = 60

LOOK = "this must never happen: keep a run with --keep DIR, ask it with xiyong why NUMBER --data DIR/data, report it with DIR"
TRY_SLOWER = (
    "on a busy machine a picture or a read comes later than the line allows (image_missing, verify_missing): run it again with "
    "--rate 1 or when nothing else runs; of a run kept with --keep DIR, xiyong why NUMBER --data DIR/data tells of each carton"
)

LEGEND = """\
   induct eye 上线 -> scan gate 扫码 -> scale 称重 -> X-ray 射线机
   -> verify gate 复读 -> decision 判定 -> diverter
   -> release 放行道 | inspect 查验道 (its rest position) | anomaly 异常道
 Two processes: the daemon and the simulators; between them Modbus TCP, serial
 lines (ptys), streams, files and one socket.
 Simulated 仿真: PLC, belt, readers, scale, X-ray machine, people, customs.
 Real 真实: the daemon, its drivers, journal and decisions.
 Below: line time, cartons in, where they stand, the scene that began last."""


class Screen:
    def __init__(self, as_json: bool) -> None:
        self._as_json = as_json
        self._console = Console(stderr=as_json, highlight=False, soft_wrap=True)
        self._scene = ""
        self._last_s = -1000.0

    def say(self, text: str) -> None:
        self._console.print(text, markup=False)

    def opening(self, cartons: int, rate: float, home: Path, planted: str) -> None:
        self._console.rule("Xiyong line 西永查验线: demo (simulation 仿真)")
        if cartons:
            self.say(" Cartons come in at 1,800 an hour of line time, one every 2 s. 每小时 1800 箱")
        self.say(LEGEND)
        if cartons:
            self.say(f" {cartons} cartons; line time runs {rate:g} times as fast as the clock")
        self.say(f" files in {home}")
        if planted:
            self.say(f" PLANTED FAULT: {planted}. The oracle must find it, and this command must fail.")

    def progress(self, progress: dict[str, Any], every_s: float = 10) -> None:
        """One line for each scene, and one about every `every_s` seconds of line time."""
        line_s = float(progress.get("line_s", 0))
        scene = str(progress.get("scene") or "")
        if scene == self._scene and line_s - self._last_s < every_s:
            return
        counts = "  ".join(f"{name} {progress[name]}" for name in ("released", "inspected", "anomaly") if name in progress)
        self.say(f" {line_s:6.1f} s  {progress.get('inducted', 0):>4}/{progress.get('of', '?')} in  {counts}  {scene}".rstrip())
        self._scene, self._last_s = scene, line_s

    def verdict(self, verdict: dict[str, Any]) -> int:
        """Show the oracle's answer; the exit code of the demo."""
        bad_scenes = [scene for scene in verdict.get("scenes", ()) if not scene.get("ok")]
        too_few = _too_few_released(verdict)
        accounts = verdict.get("accounts") or {}
        unreconciled = accounts.get("differences", ())
        failed = verdict["oracle_exit"] != 0 or any((verdict.get("breaches"), bad_scenes, too_few, unreconciled))
        self._tables(verdict)
        for breach in verdict.get("breaches", ())[:20]:
            self.say(f" BREACH {breach.get('invariant')} {breach.get('carton_no', '')}: {breach.get('what')}")
        self._lists(accounts)
        for text in unreconciled[:20]:
            self.say(f" NOT RECONCILED: {text}")
        if too_few:
            self.say(f" TOO FEW: fewer than {RELEASED_LEAST_PERCENT} % of all cartons were ordinary and released")
        self.say(" FAILED" if failed else " All invariants held and every scene ended as the rule says.")
        step = (LOOK if verdict.get("breaches") or unreconciled else TRY_SLOWER) if failed else ""
        summary = {name: verdict.get(name) for name in SUMMARY}
        summary |= {
            "ordinary_released_percent": verdict.get("ordinary_released_percent"),
            "breaches": len(verdict.get("breaches", ())),
            "scenes": len(verdict.get("scenes", ())),
            "scenes_failed": [scene.get("name") for scene in bad_scenes],
            "lists": accounts,
            "ok": not failed,
        }
        if self._as_json:
            summary |= {"next_step": step} if failed else {}
            print(json.dumps(summary, ensure_ascii=False), file=sys.stdout, flush=True)  # noqa: T201
        else:
            parts = [f"{name} {value}" for name, value in summary.items() if not isinstance(value, list | dict)]
            for start in range(0, len(parts), 4):
                self.say(" " + "  ".join(parts[start : start + 4]))
            if failed:
                self.say(f"  next step: {step}")
        return 1 if failed else 0

    def end_of_stay(self, verdict: dict[str, Any]) -> int:
        """What a line that was ended by hand came to; cartons that were still on their way are no fault."""
        for breach in verdict["breaches"][:20]:
            self.say(f" BREACH {breach.get('invariant')} {breach.get('carton_no', '')}: {breach.get('what')}")
        told = ("released", "inspected", "anomaly", "loaded", "departed", "release_without_decision", "journal_events")
        self.say(" " + "  ".join(f"{name} {verdict.get(name)}" for name in told))
        self.say(" FAILED" if verdict["breaches"] else " All invariants held.")
        return 1 if verdict["breaches"] else 0

    def _lists(self, accounts: dict[str, Any]) -> None:
        """The sum that every list must come to."""
        if accounts.get("lists"):
            ends = " + ".join(f"{name} {accounts[name]}" for name in ENDS)
            self.say(f" {accounts['lists']} lists 清单: declared {accounts['declared']} = {ends}")

    def _tables(self, verdict: dict[str, Any]) -> None:
        cartons = Table(title="Cartons", box=None, padding=(0, 1))
        for heading in ("carton", "label", "lane", "reason"):
            cartons.add_column(heading, no_wrap=heading != "reason")
        for row in verdict.get("table", ()):
            reasons = ", ".join(dict.fromkeys(str(row.get("reason") or "").split(", ")))
            cartons.add_row(str(row.get("carton_no")), str(row.get("label") or ""), str(row.get("lane")), reasons)
        self._console.print(cartons)
        scenes = Table(title="Scenes", box=None, padding=(0, 1))
        for heading in ("", "scene", "what was seen"):
            scenes.add_column(heading, overflow="fold", no_wrap=not heading)
        for scene in verdict.get("scenes", ()):
            name = f"{scene.get('title_zh', '')} {scene.get('title_en') or scene.get('name')}"
            scenes.add_row("ok" if scene.get("ok") else "NO", name, _short(str(scene.get("seen") or "")))
        self._console.print(scenes)


def _too_few_released(verdict: dict[str, Any]) -> bool:
    """A line that inspects everything breaks no rule of safety; it is no use all the same."""
    percent = float(verdict.get("ordinary_released_percent") or 0)
    return int(verdict.get("cartons") or 0) >= SHARE_FROM_CARTONS and percent < RELEASED_LEAST_PERCENT


def _short(seen: str) -> str:
    """`12 inspect>inspect>inspect>release` as `12 3x inspect>release`: a carton may go round more than once."""
    parts = []
    for part in seen.split(", "):
        name, space, way = part.partition(" ")
        steps: list[list[str]] = []
        for lane in way.split(">"):
            if steps and steps[-1][0] == lane:
                steps[-1].append(lane)
            else:
                steps.append([lane])
        parts.append(name + space + ">".join(f"{len(s)}x {s[0]}" if len(s) > 1 else s[0] for s in steps))
    return ", ".join(parts)
