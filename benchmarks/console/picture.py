"""How long an X-ray picture of 3000 x 2000 at 16 bit and two energies takes from the ask to the screen.

A real console on loopback ports gives out files it has not opened before; Debian's Chromium
draws them in the officer's own page at 1920 x 1080, here in software: a workstation with a graphics card draws faster.
`fetch` is request to counts in memory (the service unpacks PNG meanwhile), `screen` is from there to the frame after the one that
has the picture in it, `window` is one redraw of both views with another window.
"""

import tempfile
from pathlib import Path

import numpy as np
import numpy.typing as npt
from playwright.async_api import Browser

from benchmarks.console.browser import FULL_HD
from tests.browser.conftest import Console, free_place
from tests.browser.window import Window
from tests.console.bench import PASSWORD, bench
from tests.console.picture_bench import stored

WIDTH, HEIGHT = 3000, 2000
MEASURE = """
async ([low, high]) => {
  const { fetchPicture } = await import(new URL('officer/picture.js', location.href).href);
  const viewer = document.querySelector('x-ray-viewer');
  const began = performance.now();
  const picture = await fetchPicture({ low, high, pixelUm: 500 });
  const there = performance.now();
  const drawn = new Promise((done) => viewer.addEventListener('drawn', done, { once: true }));
  viewer.show(picture);
  await drawn;
  const shown = performance.now();
  viewer.tools.setWindow(0.4, 0.5);
  viewer._frame();
  viewer.screen.gl.finish();
  const again = performance.now();
  return [there - began, shown - there, shown - began, again - shown];
}
"""


def picture(seed: int) -> npt.NDArray[np.uint16]:
    """Boxes behind one another, and the noise of photons."""
    rng = np.random.default_rng(seed)
    depth = np.zeros((HEIGHT, WIDTH))
    for _ in range(40):
        x, y = rng.integers(WIDTH - 400), rng.integers(HEIGHT - 300)
        depth[y : y + rng.integers(40, 900), x : x + rng.integers(40, 1200)] += rng.uniform(0.02, 0.8)
    counts = 60_000 * np.exp(-depth)
    noisy = np.clip(counts + rng.standard_normal(counts.shape) * np.sqrt(counts), 0, 65_535)
    found: npt.NDArray[np.uint16] = noisy.astype(np.uint16)
    return found


async def picture_ms(browser: Browser, times: int) -> list[tuple[float, float, float, float]]:
    """(fetch, screen, ask to screen, another window) of each picture."""
    with tempfile.TemporaryDirectory(prefix="xiyong-picture-") as home:
        async with bench(Path(home) / "console", free_place()) as on:
            console = Console(on)
            await console.open()
            try:
                context = await browser.new_context(viewport=FULL_HD)
                window = await Window.open(context, on.place)
                await window.sign_in("zhang", PASSWORD)
                await window.page.locator("html[data-link=live]").wait_for()
                found = []
                for run in range(times):
                    pair = [stored(on, picture(2 * run + one)).sha256 for one in (0, 1)]
                    fetch, screen, whole, again = await window.value(MEASURE, pair)
                    found.append((fetch, screen, whole, again))
                await context.close()
                return found
            finally:
                await console.shut()
