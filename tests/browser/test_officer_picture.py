"""The X-ray picture in the browser: exact to the count, to the pixel and to the material; back after the graphics were lost."""

import numpy as np
import pytest
import pytest_asyncio

from tests.browser.conftest import Opener
from tests.browser.officer_bench import AIR, Counts, bilinear, drawn, prepared, put, screen, windowed
from tests.browser.window import Window

pytestmark = pytest.mark.browser

ALL = np.arange(65_536, dtype=np.uint16).reshape(256, 256)
WINDOWS = ((0, 65_535), (0, 3_000), (30_000, 34_096), (60_000, 65_535))
# Attenuation in cm2/g at 60 and 120 keV (NIST XCOM), what it is, and grams on a square centimetre.
MATERIALS = (
    (0.206, 0.161, "organic", 3.0), (0.278, 0.152, "inorganic", 3.0), (1.205, 0.265, "metal", 1.5), (0.206, 0.161, "air", 0.02),
    (1.205, 0.265, "opaque", 30.0), (0.194, 0.153, "thin", 0.14),
)  # fmt: skip


@pytest_asyncio.fixture(loop_scope="session")
async def page(window: Opener) -> Window:
    return await prepared(await window())


@pytest.mark.parametrize("kind", ["gl", "flat"])
async def test_all_65536_counts_are_shown_within_one_step_of_eight_bits_in_four_windows(page: Window, kind: str) -> None:
    await screen(page, 256, 256, kind)
    await put(page, ALL, ALL[::-1, ::-1], kind, air=65_535)
    for from_, to in WINDOWS:
        for use_high, counts in ((False, ALL), (True, ALL[::-1, ::-1])):
            shown = await drawn(page, (256, 256), kind, window=[from_ / 65_535, to / 65_535], useHigh=use_high)
            wrong = np.abs(shown[:, :, 0].astype(float) - windowed(counts.astype(float), from_, to))
            assert wrong.max() <= 1, (from_, to, use_high, wrong.max())
            assert len(np.unique(shown[:, :, 0])) == 256  # a window that shows nothing would be within a step of nothing


# Counts that differ from point to point and are reckoned on both sides: so large a picture takes long as text.
RECKONED = """([width, height]) => {
  const counts = (seed) => {
    const found = new Uint16Array(width * height);
    for (let y = 0, i = 0; y < height; y++) for (let x = 0; x < width; x++, i++) {
      let one = Math.imul(x + 1, 73856093) ^ Math.imul(y + 1, 19349663) ^ seed;
      one = Math.imul(one ^ (one >>> 15), 2246822519);
      found[i] = one >>> 16;
    }
    return found;
  };
  const picture = new window.officer.picture.Picture('a', counts(1), counts(2), width, height, 1000);
  picture.air = {low: 65535, high: 65535};
  window.screens.gl.put('a', picture);
}"""


def reckoned(seed: int, width: int, height: int) -> Counts:
    x, y = np.arange(1, width + 1, dtype=np.uint32)[None, :], np.arange(1, height + 1, dtype=np.uint32)[:, None]
    one = x * np.uint32(73856093) ^ y * np.uint32(19349663) ^ np.uint32(seed)
    one = (one ^ one >> np.uint32(15)) * np.uint32(2246822519)
    return (one >> np.uint32(16)).astype(np.uint16)


async def test_what_is_read_back_are_the_very_counts_across_the_seams_of_a_large_picture(page: Window) -> None:
    rng = np.random.default_rng(7)
    width, height = 2501, 2200
    low, high = reckoned(1, width, height), reckoned(2, width, height)
    assert min(len(np.unique(low)), len(np.unique(high))) > 60_000
    assert (low[:, 1:] == low[:, :-1]).mean() < 0.001
    await screen(page, 64, 64)
    await page.value(RECKONED, [width, height])
    seams = [[2047, 2047], [2048, 2047], [2047, 2048], [2048, 2048], [0, 0], [2500, 2199], [2500, 0], [0, 2199]]
    points = seams + [[int(rng.integers(2501)), int(rng.integers(2200))] for _ in range(8)]
    found = await page.value("(points) => window.screens.gl.read('a', points)", points)
    assert found["low"] == [int(low[y, x]) for x, y in points]
    assert found["high"] == [int(high[y, x]) for x, y in points]
    shown = await drawn(page, (64, 64), origin=[32 - 2048, 32 - 2048], window=[0, 1])
    assert np.abs(shown[:, :, 0].astype(float) - windowed(low[2016:2080, 2016:2080].astype(float), 0, 65_535)).max() <= 1


async def test_between_counts_the_picture_is_bilinear_as_reckoned_elsewhere(page: Window) -> None:
    low = np.random.default_rng(3).integers(0, 65_536, (40, 50), dtype=np.uint16)
    await screen(page, 200, 160)
    await put(page, low, low, air=65_535)
    for zoom, origin in ((3.7, (3, -5)), (1.0, (10, 7)), (16.0, (-300, -200)), (0.75, (4, 4))):
        shown = (await drawn(page, (200, 160), zoom=zoom, origin=list(origin), window=[0, 1]))[:, :, 0].astype(float)
        expected = windowed(bilinear(low, origin, zoom, (200, 160)), 0, 65_535)
        columns, rows = (np.arange(200) + 0.5 - origin[0]) / zoom, (np.arange(160) + 0.5 - origin[1]) / zoom
        inside = np.ix_((rows >= 0.01) & (rows < 39.99), (columns >= 0.01) & (columns < 49.99))
        assert np.abs(shown[inside] - expected[inside]).max() <= 1, zoom
        assert shown[inside].size > 100


async def test_a_picture_larger_than_the_screen_is_averaged_so_that_a_thin_wire_stays(page: Window) -> None:
    low = np.full((800, 1200), AIR, np.uint16)
    low[:, 601] = 6_000  # one count wide, and 8 counts share a pixel
    await screen(page, 150, 100)
    await put(page, low, low)
    shown = (await drawn(page, (150, 100), zoom=0.125))[:, :, 0]
    assert (shown.min(axis=1) < 240).all()
    assert shown[50, 20] == 255


async def test_after_the_graphics_were_lost_nothing_counts_as_drawn_until_the_same_picture_is_back(page: Window) -> None:
    low = np.random.default_rng(5).integers(0, 65_536, (60, 80), dtype=np.uint16)
    await screen(page, 80, 60)
    await put(page, low, low[::-1])
    before = await drawn(page, (80, 60))
    lost = await page.value("""async () => {
      const screen = window.screens.gl;
      window.lose = screen.gl.getExtension('WEBGL_lose_context');
      const told = new Promise((done) => { screen.onChange = done; });
      window.lose.loseContext();
      await told;
      const pane = {name: 'a', x: 0, y: 0, width: 80, height: 60, origin: [0, 0], zoom: 1, window: [0, 1], mode: 0};
      return [screen.lost, screen.draw([pane], [0, 0, 0]), screen.read('a', [[1, 1]])];
    }""")
    assert lost == [True, False, None]
    again = await page.value("""async () => {
      const screen = window.screens.gl;
      const told = new Promise((done) => { screen.onChange = done; });
      setTimeout(() => window.lose.restoreContext(), 20);
      await told;
      return [screen.lost, screen.read('a', [[3, 4]]).low[0]];
    }""")
    assert again == [False, int(low[4, 3])]
    assert (await drawn(page, (80, 60)) == before).all()


async def test_materials_have_their_colour_and_their_word(page: Window) -> None:
    cells = [[AIR * np.exp(-grams * one) for one in (low, high)] for low, high, _, grams in MATERIALS]
    low = np.full((24, 12 + 20 * len(cells)), AIR, np.uint16)
    high = low.copy()
    for i, (at_low, at_high) in enumerate(cells):
        low[4:20, 10 + 20 * i : 24 + 20 * i] = round(at_low)
        high[4:20, 10 + 20 * i : 24 + 20 * i] = round(at_high)
    size = (low.shape[1], 24)
    await screen(page, *size)
    await put(page, low, high)
    shown = await drawn(page, size, mode=1, window=[0, 1.02])
    middles = [shown[12, 17 + 20 * i, :3].astype(int) for i in range(len(cells))]
    red, green, blue = 0, 1, 2
    assert middles[0][red] > middles[0][green] > middles[0][blue]  # organic: orange
    assert middles[1][green] > max(middles[1][red], middles[1][blue])  # inorganic: green
    assert middles[2][blue] > middles[2][red]  # metal: blue
    assert middles[3].min() > 240
    assert middles[4].max() < 5
    words = await page.value(
        "(cells) => cells.map(([l, h]) => window.officer.optics.classOf(l, h, {low: 60000, high: 60000}).material)", cells
    )
    assert words == [word for _, _, word, _ in MATERIALS]
    only_organic = await drawn(page, size, mode=2, window=[0, 1.02])
    only_inorganic = await drawn(page, size, mode=3, window=[0, 1.02])
    assert np.ptp(only_organic[12, 57, :3].astype(int)) < 10  # metal is a pale shadow there
    assert only_organic[12, 57, 0] > 150
    assert (only_organic[12, 17] == shown[12, 17]).all()
    assert np.ptp(only_inorganic[12, 17, :3].astype(int)) < 10
    assert (only_inorganic[12, 57] == shown[12, 57]).all()


async def test_without_webgl2_the_same_picture_is_painted_by_script(page: Window) -> None:
    rng = np.random.default_rng(11)
    low = rng.integers(300, 60_000, (48, 64), dtype=np.uint16)
    high = np.maximum(low, rng.integers(300, 60_000, low.shape, dtype=np.uint16))
    size = (200, 150)
    for kind in ("gl", "flat"):
        await screen(page, *size, kind)
        await put(page, low, high, kind)
    for look in (
        {"mode": 0},
        {"mode": 1},
        {"mode": 2},
        {"mode": 3},
        {"mode": 1, "edge": True},
        {"mode": 0, "invert": True, "useHigh": True},
    ):
        both = [await drawn(page, size, kind, zoom=3.0, origin=[2, 1], window=[0, 1.02], **look) for kind in ("gl", "flat")]
        wrong = np.abs(both[0][4:140, 6:190, :3].astype(int) - both[1][4:140, 6:190, :3].astype(int))
        assert np.percentile(wrong, 99) <= 2, (look, wrong.max())


async def test_a_texel_is_a_pixel_at_one_to_one_and_zoom_keeps_the_point_under_the_pointer(page: Window) -> None:
    found = await page.value("""() => {
      const { Sight, panes, fitted, ZOOM_MOST } = window.officer.geometry;
      const box = {x: 10, y: 20, width: 801, height: 601}, picture = {width: 3000, height: 2000}, sight = new Sight();
      const origins = [sight.origin(box, picture)];
      const point = [333, 444];
      let worst = 0;
      for (let i = 0; i < 40; i++) {
        const before = sight.toTexel(box, picture, point);
        sight.zoomAt(box, picture, 1.25, point);
        const now = sight.toTexel(box, picture, point);
        worst = Math.max(worst, Math.hypot(now[0] - before[0], now[1] - before[1]) * sight.zoomIn(box, picture));
        origins.push(sight.origin(box, picture));
      }
      const most = sight.zoomIn(box, picture);
      for (let i = 0; i < 60; i++) sight.zoomAt(box, picture, 0.8, point);
      const two = panes({width: 1000, height: 700}, 2, {width: 100, height: 120}, {gap: 6, band: 20});
      const wide = panes({width: 1000, height: 700}, 2, {width: 300, height: 60}, {gap: 6, band: 20});
      const again = sight.zoomIn(box, picture) === fitted(box, picture);
      return {whole: origins.flat().every(Number.isInteger), worst, most, fitted: again,
        beside: two[0].y === two[1].y, above: wide[0].x === wide[1].x};
    }""")
    assert found["whole"]
    assert found["worst"] < 1.5  # half a pixel before and after: the corner is on a whole one
    assert found["most"] == 64
    assert found["fitted"]
    assert found["beside"]
    assert found["above"]


async def test_a_distance_is_said_in_millimetres(page: Window) -> None:
    assert await page.value("() => window.officer.marks.distanceMm([10, 10], [40, 50], 2500)") == 125
