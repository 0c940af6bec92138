"""Pictures of known counts in the page with an independent reckoning of them, and an officer at the desk.

One rule: the reference here is numpy's and knows nothing of the shader; a person here has a keyboard and eyes, nothing else.
"""

import asyncio
import base64
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from controller.line.inspection_events import ImageFinding, SelectionDrawn, VerdictGiven
from tests.browser.window import Window
from tests.console.bench import PASSWORD, Bench
from tests.console.picture_bench import PictureStory
from tests.line.line_story import s10

Counts = npt.NDArray[np.uint16]
AIR = 60_000
NUMBERS = tuple(s10(20000001 + n) for n in range(4))
DEAD_S = 0.45

# Pictures go to the page as lists of numbers; `screens` keeps what a test made there.
PREPARE = """
async () => {
  const at = (name) => new URL(`officer/${name}.js`, location.href).href;
  const modules = {};
  for (const name of ['gl-screen', 'flat-screen', 'picture', 'geometry', 'tools', 'keys', 'marks', 'optics', 'bindings'])
    modules[name] = await import(at(name));
  window.officer = modules;
  window.screens = {};
  window.makeScreen = (kind, width, height) => {
    const canvas = document.createElement('canvas');
    canvas.width = width;
    canvas.height = height;
    document.body.append(canvas);
    const Screen = kind === 'flat' ? modules['flat-screen'].FlatScreen : modules['gl-screen'].GlScreen;
    window.screens[kind] = new Screen(canvas);
  };
  window.decode = (text) => new Uint16Array(Uint8Array.from(atob(text), (one) => one.charCodeAt(0)).buffer);
  window.put = (kind, name, low, high, width, height, air) => {
    const picture = new modules.picture.Picture(name, window.decode(low), window.decode(high), width, height, 1000);
    if (air) picture.air = {low: air, high: air};
    window.screens[kind].put(name, picture);
  };
}
"""


async def prepared(window: Window) -> Window:
    """A page of the console with the picture's modules in it."""
    await window.go("/")
    await window.page.wait_for_url("**/ui/**")
    await window.value(PREPARE)
    return window


async def screen(window: Window, width: int, height: int, kind: str = "gl") -> None:
    await window.value("([kind, w, h]) => window.makeScreen(kind, w, h)", [kind, width, height])


async def put(window: Window, low: Counts, high: Counts, kind: str = "gl", air: int = 0) -> None:
    height, width = low.shape
    texts = [base64.b64encode(np.ascontiguousarray(one).astype("<u2").tobytes()).decode() for one in (low, high)]
    await window.value("([k, l, h, x, y, air]) => window.put(k, 'a', l, h, x, y, air)", [kind, *texts, width, height, air])


async def drawn(page: Window, size: tuple[int, int], kind: str = "gl", **pane: Any) -> npt.NDArray[np.uint8]:
    """What the canvas shows of the picture, RGBA, rows from the top."""
    width, height = size
    standard = {
        "name": "a", "x": 0, "y": 0, "width": width, "height": height, "origin": [0, 0], "zoom": 1, "window": [0, 1], "mode": 0,
        "useHigh": False, "edge": False, "invert": False,
    }  # fmt: skip
    script = """([kind, pane]) => {
      if (!window.screens[kind].draw([pane], [0, 0, 0])) return null;
      const found = window.screens[kind].shown(0, 0, pane.width, pane.height);
      let text = '';
      for (let i = 0; i < found.length; i += 8192) text += String.fromCharCode(...found.subarray(i, i + 8192));
      return btoa(text);
    }"""
    found = await page.value(script, [kind, standard | pane])
    assert found is not None, "nothing was drawn"
    return np.frombuffer(base64.b64decode(found), np.uint8).reshape(height, width, 4)


def windowed(counts: npt.NDArray[np.float64], from_: float, to: float) -> npt.NDArray[np.float64]:
    return 255 * np.clip((counts - from_) / (to - from_), 0, 1)


def bilinear(counts: Counts, origin: tuple[int, int], zoom: float, size: tuple[int, int]) -> npt.NDArray[np.float64]:
    """Counts at the middle of each device pixel, between the four texels around it."""
    x = (np.arange(size[0]) + 0.5 - origin[0]) / zoom - 0.5
    y = (np.arange(size[1]) + 0.5 - origin[1]) / zoom - 0.5
    x0, y0 = np.floor(x).astype(int), np.floor(y).astype(int)
    fx, fy = (x - x0)[None, :], (y - y0)[:, None]

    def at(dx: int, dy: int) -> npt.NDArray[np.float64]:
        columns = np.clip(x0 + dx, 0, counts.shape[1] - 1)
        rows = np.clip(y0 + dy, 0, counts.shape[0] - 1)
        return counts[np.ix_(rows, columns)].astype(np.float64)

    found: npt.NDArray[np.float64] = (at(0, 0) * (1 - fx) + at(1, 0) * fx) * (1 - fy) + (at(0, 1) * (1 - fx) + at(1, 1) * fx) * fy
    return found


class DeskStory(PictureStory):
    """Cartons behind the tunnel that an officer must look at because the draw picked them: nothing else stands against them."""

    def __init__(self, on: Bench) -> None:
        super().__init__(on)
        self.rules(random_permille=1000)
        self.papers(*NUMBERS)

    def picked(self, track: int, *findings: ImageFinding) -> None:
        """A picked carton of which everything else is known."""
        number = NUMBERS[track - 1]
        self.to_judge(track, number, *findings)
        for asked in self.draws():
            self.feed(SelectionDrawn(asked.carton, True))
        self.show()

    def past_its_last_call(self, track: int) -> None:
        """The belt has decided; pages have not heard of it before `show`."""
        self.after_tunnel(track, NUMBERS[track - 1])
        self.wait(20_000)

    def verdicts(self) -> list[VerdictGiven]:
        return [one.event for one in self.on.events(VerdictGiven) if isinstance(one.event, VerdictGiven)]

    async def given(self, count: int) -> list[VerdictGiven]:
        """So many verdicts, no more, as soon as they are there."""
        async with asyncio.timeout(15):
            while len(self.verdicts()) < count:
                await asyncio.sleep(0.05)
        assert len(self.verdicts()) == count
        return self.verdicts()


class Desk:
    """One officer's page. A key is pressed as a hand presses it."""

    def __init__(self, window: Window, account: str) -> None:
        self.window = window
        self.page = window.page
        self.account = account

    @classmethod
    async def open(cls, window: Window, account: str = "zhang") -> "Desk":
        await window.sign_in(account, PASSWORD)
        return cls(window, account)

    async def press(self, *codes: str, held_ms: int = 120, gap_ms: int = 90) -> None:
        for code in codes:
            await self.page.keyboard.down(code)
            await asyncio.sleep(held_ms / 1000)
            await self.page.keyboard.up(code)
            await asyncio.sleep(gap_ms / 1000)

    async def press_twice(self, code: str) -> None:
        """Each step is under way before the last is answered: on a busy machine an answer takes longer than a hand."""
        keys = self.page.keyboard
        await asyncio.gather(keys.down(code), keys.up(code), keys.down(code), keys.up(code))

    async def says(self, text: str) -> None:
        """What may be done now, and what became of the last act."""
        await self.page.locator("decision-bar .standing", has_text=text).wait_for()

    async def ready(self, last4: str = "") -> None:
        """The picture is drawn and proven, and keys are alive."""
        if last4:
            await self.page.locator("queue-strip .tile[data-state=mine]", has_text=last4).wait_for()
        await self.says("可以判定")
        await asyncio.sleep(DEAD_S)

    async def glass(self) -> list[int]:
        """Some pixels as they stand on the screen, in the middle of the picture."""
        box = await self.page.locator("x-ray-viewer").bounding_box()
        assert box is not None
        clip = {"x": box["x"] + 60, "y": box["y"] + box["height"] / 2, "width": 64, "height": 16}
        shot = await self.page.screenshot(clip=clip, animations="disabled")  # type: ignore[arg-type]
        image = cv2.imdecode(np.frombuffer(shot, np.uint8), cv2.IMREAD_COLOR)
        assert image is not None
        return [int(one) for one in image.reshape(-1)]

    async def shows(self, pixels: list[int]) -> None:
        """The glass is as it was; a machine that is busy draws a moment later."""
        async with asyncio.timeout(10):
            while await self.glass() != pixels:
                await asyncio.sleep(0.05)

    async def shows_other_than(self, pixels: list[int]) -> None:
        async with asyncio.timeout(10):
            while await self.glass() == pixels:
                await asyncio.sleep(0.05)

    async def ledger(self) -> list[str]:
        return [" ".join(one.split()) for one in await self.page.locator("queue-strip .last .tile").all_inner_texts()]
