"""Cartons whose pictures wait for an officer, before a console: real 16-bit files in evidence, a line amid its day."""

from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from controller.domain.declarations import DeclaredItem
from controller.line.event_base import EvidenceNamed
from controller.line.inspection_events import ImageFinding, Rule
from controller.line.profile import LineProfile
from tests.console.bench import Bench, Page
from tests.line.line_story import declared, s10
from tests.line.xray_story import XRAY, XrayStory

A, B, C = (s10(10000001 + n) for n in range(3))
WIDTH, HEIGHT = 120, 90
METAL = ImageFinding("metal_high", "41 % of the mass is metal, 20 % may be by what is declared")
VASE = Rule("R7", "陶瓷花瓶", hs_prefixes=("6913",))
Grey = npt.NDArray[np.uint16]


def drawn(seed: int, width: int = WIDTH, height: int = HEIGHT) -> Grey:
    """Noise over all 65,536 values: a picture in which every point differs from its neighbours."""
    return np.random.default_rng(seed).integers(0, 65536, (height, width)).astype(np.uint16)


def stored(on: Bench, pixels: npt.NDArray[Any], name: str = "x.png") -> EvidenceNamed:
    """A PNG in evidence, as the driver puts it there."""
    ok, data = cv2.imencode(".png", pixels)
    assert ok
    reference = on.evidence.put(data.tobytes(), "image/png")
    return EvidenceNamed(reference.sha256, reference.size, name)


class PictureStory(XrayStory):
    """`shown` has the pixels of the low and the high file of each track."""

    def __init__(self, on: Bench, profile: LineProfile = XRAY) -> None:
        super().__init__(profile)
        self.on = on
        self.shown: dict[int, tuple[Grey, Grey]] = {}
        self.rules(VASE)

    def papers(self, *numbers: str) -> None:
        items = (DeclaredItem(1, "6913900000", "花瓶", "6901234567892", "2", "007"),)
        self.manifest(*(declared(n, items=items) for n in numbers))
        for number in numbers:
            self.receipt(number, "800")
        self.load("L1", *((n, n, 1, 1) for n in numbers))

    def to_judge(self, track: int, code: str, *findings: ImageFinding) -> None:
        """A carton with its image, behind the tunnel."""
        low, high = drawn(2 * track), drawn(2 * track + 1)
        self.shown[track] = (low, high)
        self.before_tunnel(track, code)
        self.through(track, low=stored(self.on, low), high=stored(self.on, high))
        self.analysed(track, *findings)
        self.show()

    def show(self) -> None:
        """The console's line is this one."""
        self.on.core.state = self.state
        self.on.live.look_again()

    async def drew(self, page: Page, track: int, **said: Any) -> tuple[int, dict[str, Any]]:
        """A page that reads back what it drew; `said` replaces parts of what it says."""
        path = f"/api/pictures/{self.epoch}:{track}"
        asked = (await page.ask("POST", f"{path}/drawing", {"image": self.image_of(track)})).json()
        values = [int(self.shown[track][0][y, x]) for x, y in asked["points"]]
        body = {"image": self.image_of(track), "nonce": asked["nonce"], "values": values, "first_pixel_ms": 85} | said
        answer = await page.ask("POST", f"{path}/drawn", body)
        return answer.status_code, answer.json()

    async def judged(self, page: Page, track: int, verdict: str, **more: Any) -> tuple[int, dict[str, Any]]:
        values = {"track": f"{self.epoch}:{track}", "image": self.image_of(track), "verdict": verdict, "reason": "as it shows"}
        return await page.act("verdict", **(values | more))

    async def undone(self, page: Page, track: int) -> tuple[int, dict[str, Any]]:
        return await page.act("verdict-undo", track=f"{self.epoch}:{track}", image=self.image_of(track), reason="slip")

    def image_of(self, track: int) -> str:
        image = self.inspection(track).image
        assert image is not None
        return image.low.sha256
