/**
 * Draws pictures without WebGL2: the same sums in script, 8 bit on a 2-D canvas.
 *
 * One rule: it says what it is (`exact` is false) and the page writes `8 位降级` over it; it is slower, never brighter or kinder.
 * It has what `GlScreen` has, so that nobody else needs to know which of both draws.
 */

import { levelFor } from "./gl-screen.js";
import { AIR_BELOW, INORGANIC_FROM, NEUTRAL, OPAQUE_SHARE, RATIO_FROM, RATIO_TO, SOFT, THIN_BELOW, colours, step } from "./optics.js";
import { COLOUR, GREY, ORGANIC_ONLY } from "./shader.js";

const COLOURS = colours();

export class FlatScreen {
  /** @param {HTMLCanvasElement} canvas */
  constructor(canvas) {
    const context = canvas.getContext("2d", { alpha: false, willReadFrequently: true });
    if (!context) throw new Error("no canvas");
    this.exact = false;
    this.canvas = canvas;
    this.context = context;
    this.lost = false;
    this.onChange = () => {};
    /** @type {Map<string, import('./picture.js').Picture>} */
    this.pictures = new Map();
  }

  /** @param {string} name @param {import('./picture.js').Picture} picture */
  put(name, picture) {
    this.pictures.set(name, picture);
  }

  /** @param {string} name */
  drop(name) {
    this.pictures.delete(name);
  }

  /** @param {import('./gl-screen.js').Pane[]} panes @param {number[]} ground */
  draw(panes, ground) {
    const { context, canvas } = this;
    context.fillStyle = `rgb(${ground.map((one) => Math.round(one * 255)).join(' ')})`;
    context.fillRect(0, 0, canvas.width, canvas.height);
    for (const pane of panes) {
      const picture = this.pictures.get(pane.name);
      if (picture) this._pane(pane, picture);
    }
    return true;
  }

  /** What lies under these texels in the counts that are painted from. @param {string} name @param {number[][]} points */
  read(name, points) {
    const picture = this.pictures.get(name);
    if (!picture) return null;
    const value = (/** @type {Uint16Array} */ counts) => points.map(([x, y]) => counts[y * picture.width + x]);
    return { low: value(picture.low), high: value(picture.high) };
  }

  shown(/** @type {number} */ x, /** @type {number} */ y, /** @type {number} */ width, /** @type {number} */ height) {
    return this.context.getImageData(x, y, width, height).data;
  }

  /** @param {import('./gl-screen.js').Pane} pane @param {import('./picture.js').Picture} picture */
  _pane(pane, picture) {
    const level = levelFor(pane.zoom, picture);
    const of = picture.level(level);
    const scale = 1 / (pane.zoom * 2 ** level);
    const left = Math.max(pane.x, Math.ceil(pane.origin[0]));
    const top = Math.max(pane.y, Math.ceil(pane.origin[1]));
    const right = Math.min(pane.x + pane.width, Math.floor(pane.origin[0] + of.width / scale));
    const bottom = Math.min(pane.y + pane.height, Math.floor(pane.origin[1] + of.height / scale));
    if (right <= left || bottom <= top) return;
    const image = this.context.createImageData(right - left, bottom - top);
    const paint = painter(pane, picture.air, of);
    for (let y = top, to = 0; y < bottom; y++) {
      for (let x = left; x < right; x++, to += 4) {
        paint((x + 0.5 - pane.origin[0]) * scale, (y + 0.5 - pane.origin[1]) * scale, image.data, to);
      }
    }
    this.context.putImageData(image, left, top);
  }
}

/** @param {import('./gl-screen.js').Pane} pane @param {{low: number, high: number}} air @param {{low: Uint16Array, high: Uint16Array, width: number, height: number}} of */
function painter(pane, air, of) {
  const counts = (/** @type {Uint16Array} */ from, /** @type {number} */ x, /** @type {number} */ y) => {
    const value = smoothly(from, of, x, y);
    if (!pane.edge) return value;
    const around = smoothly(from, of, x + 1.5, y) + smoothly(from, of, x - 1.5, y) + smoothly(from, of, x, y + 1.5) + smoothly(from, of, x, y - 1.5);
    return value + 2.5 * (value - around * 0.25);
  };
  const windowed = (/** @type {number} */ share) => {
    const grey = Math.min(Math.max((share - pane.window[0]) / Math.max(pane.window[1] - pane.window[0], 1e-5), 0), 1);
    return pane.invert ? 1 - grey : grey;
  };
  return (/** @type {number} */ x, /** @type {number} */ y, /** @type {Uint8ClampedArray} */ data, /** @type {number} */ to) => {
    data[to + 3] = 255;
    if (pane.mode === GREY) {
      const grey = windowed(pane.useHigh ? counts(of.high, x, y) / air.high : counts(of.low, x, y) / air.low) * 255;
      data[to] = data[to + 1] = data[to + 2] = grey;
      return;
    }
    const low = smoothly(of.low, of, x, y);
    const high = smoothly(of.high, of, x, y);
    const sharper = pane.edge ? (counts(of.high, x, y) - high) / air.high : 0;
    const grey = windowed(0.5 * (low / air.low + high / air.high) + sharper);
    coloured(grey, low, high, air, pane, data, to);
  };
}

/** @param {number} grey @param {number} low @param {number} high @param {{low: number, high: number}} air @param {import('./gl-screen.js').Pane} pane @param {Uint8ClampedArray} data @param {number} to */
function coloured(grey, low, high, air, pane, data, to) {
  const depth = Math.log(air.high / Math.max(high, 1));
  const ratio = Math.log(air.low / Math.max(low, 1)) / Math.max(depth, 1e-6);
  const index = Math.min(Math.max(Math.floor(((ratio - RATIO_FROM) / (RATIO_TO - RATIO_FROM)) * 255 + 0.5), 0), 255);
  const middle = (AIR_BELOW + THIN_BELOW * 1.5) / 2;
  const sure = high < OPAQUE_SHARE * air.high ? 0 : step(middle, THIN_BELOW * 1.5 - middle, depth);
  const heavy = step(INORGANIC_FROM, SOFT[0], ratio);
  const kept = pane.mode === COLOUR ? 1 : pane.mode === ORGANIC_ONLY ? 1 - heavy : heavy;
  const pale = pane.invert ? grey * 0.2 : 0.8 + 0.2 * grey;
  for (let i = 0; i < 3; i++) {
    const hue = (NEUTRAL[i] + (COLOURS[index * 4 + i] - NEUTRAL[i]) * sure) / 255;
    const full = grey < 0.5 ? hue * grey * 2 : hue + (1 - hue) * (grey * 2 - 1);
    data[to + i] = (pale + (full - pale) * kept) * 255;
  }
}

/** @param {Uint16Array} counts @param {{width: number, height: number}} of @param {number} x @param {number} y */
function smoothly(counts, { width, height }, x, y) {
  const left = Math.floor(x - 0.5);
  const top = Math.floor(y - 0.5);
  const across = x - 0.5 - left;
  const down = y - 0.5 - top;
  const x0 = Math.min(Math.max(left, 0), width - 1);
  const x1 = Math.min(Math.max(left + 1, 0), width - 1);
  const y0 = Math.min(Math.max(top, 0), height - 1) * width;
  const y1 = Math.min(Math.max(top + 1, 0), height - 1) * width;
  const above = counts[y0 + x0] + (counts[y0 + x1] - counts[y0 + x0]) * across;
  const below = counts[y1 + x0] + (counts[y1 + x1] - counts[y1 + x0]) * across;
  return above + (below - above) * down;
}
