"""A line with an X-ray machine for stories: cartons go through the tunnel, images come, people look."""

import hashlib
from typing import Any

from msgspec.structs import replace

from controller.domain.reasons import Role
from controller.line.belt import RingKind
from controller.line.commands import AnalyseImage, DrawSelection, Outcome
from controller.line.event_base import EvidenceNamed
from controller.line.inspection_events import (
    ImageAnalysed,
    ImageFinding,
    ImageTaken,
    Rule,
    Rules,
    RulesActivated,
    VerdictGiven,
    VerdictUndone,
)
from controller.line.inspection_state import Inspection
from controller.line.profile import LineProfile
from tests.line.line_story import PROFILE, Story

XRAY = replace(PROFILE, image_required=True)
COUNTING = replace(XRAY, xray_join="counting")
TUNNEL_MM = XRAY.xray_exit_mm - XRAY.xray_entry_mm


def picture(name: str) -> EvidenceNamed:
    return EvidenceNamed(hashlib.sha256(name.encode()).hexdigest(), 100, f"{name}.png")


class XrayStory(Story):
    """The belt moves 500 mm a second while it runs; `belt_mm` is its encoder."""

    def __init__(self, profile: LineProfile = XRAY) -> None:
        super().__init__(profile)
        self.belt_mm = 0
        self.taken = 0
        self.rules()

    def run(self, ms: int) -> None:
        """Time with a moving belt."""
        self.wait(ms)
        self.belt_mm += ms // 2

    def enter(self, track: int) -> None:
        self.ring(RingKind.XRAY_ENTRY, track, 4, belt_mm=self.belt_mm % 65536)

    def leave(self, track: int) -> None:
        self.ring(RingKind.XRAY_EXIT, track, 4, belt_mm=self.belt_mm % 65536)

    def image(self, scan_id: str = "", number: int = -1, length_mm: int = 400, name: str = "", **changes: Any) -> Outcome:
        self.taken += 1
        name = name or f"picture {self.taken}"
        values: dict[str, Any] = {
            "device": "xray", "scan_id": scan_id, "number": number, "low": picture(f"{name} low"),
            "high": picture(f"{name} high"),
            "width_px": 100, "height_px": 80, "length_mm": length_mm, "pixel_um": 4000, "complete": True, "at_ms": self.now_ms,
        }  # fmt: skip
        return self.feed(ImageTaken(**(values | changes)))

    def through(self, track: int, *, length_mm: int = 400, image: bool = True, number: int = -1, **changes: Any) -> None:
        """One carton alone through the tunnel; its image comes 600 ms after its rear was at the beam."""
        scan_id = "" if number >= 0 else f"{self.epoch}:{track}"
        self.enter(track)
        self.run((XRAY.xray_beam_mm - XRAY.xray_entry_mm + length_mm) * 2)
        self.run(600)
        if image:
            self.image(scan_id, number, length_mm, **changes)
        self.run((XRAY.xray_exit_mm - XRAY.xray_beam_mm) * 2 - 600)
        self.leave(track)

    def before_tunnel(self, track: int, code: str, weight_g: int = 2000) -> None:
        self.induct(track)
        self.gate(track, PROFILE.scan_zone, code)
        self.weigh(track, weight_g)

    def after_tunnel(self, track: int, code: str) -> None:
        self.gate(track, PROFILE.verify_zone, code)
        self.decide(track)

    def whole_way(self, track: int, code: str, **changes: Any) -> None:
        self.before_tunnel(track, code)
        self.through(track, **changes)
        self.analysed(track)
        self.after_tunnel(track, code)

    # --- looking ---

    def analyses(self) -> list[AnalyseImage]:
        return [c for o in self.outcomes for c in o.commands if isinstance(c, AnalyseImage)]

    def draws(self) -> list[DrawSelection]:
        return [c for o in self.outcomes for c in o.commands if isinstance(c, DrawSelection)]

    def analysed(self, track: int, *findings: ImageFinding) -> None:
        """The analyser answers what it was asked about this track, if it was asked."""
        for asked in self.analyses():
            if asked.track == f"{self.epoch}:{track}":
                self.feed(ImageAnalysed(asked.work_id, asked.track, asked.low.sha256, 1900, findings, "1"))

    def rules(self, *rules: Rule, random_permille: int = 0) -> Outcome:
        return self.feed(RulesActivated(Rules("1", random_permille, rules), "ab" * 32, "rules.toml"))

    def verdict(self, track: int, verdict: str, role: Role = Role.OFFICER, image: str = "", by: str = "zhang") -> Outcome:
        sha = image or self.sha(track)
        return self.feed(VerdictGiven(f"{self.epoch}:{track}", sha, verdict, "looked"), role, by)

    def undo(self, track: int, by: str = "zhang", role: Role = Role.OFFICER, image: str = "") -> Outcome:
        return self.feed(VerdictUndone(f"{self.epoch}:{track}", image or self.sha(track), "slip"), role, by)

    def sha(self, track: int) -> str:
        image = self.inspection(track).image
        return image.low.sha256 if image is not None else ""

    def inspection(self, track: int) -> Inspection:
        found = self.passage(track).inspection
        assert found is not None
        return found
