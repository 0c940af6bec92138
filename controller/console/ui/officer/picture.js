/**
 * One X-ray picture as it came: two energies of 16-bit counts, kept whole for as long as it may be shown.
 *
 * One rule: `low` and `high` are never written. What the graphics card forgets is filled again from here.
 */

import { airOf } from "./optics.js";

/** More than this is not drawn: a page must not be able to take a workstation down. */
export const PIXELS_MOST = 128e6;

/** A picture that takes longer than this is not coming: it is asked for again. */
const COUNTS_MS = 15_000;

export class PictureError extends Error {
  /** @param {string} code @param {string} [detail] */
  constructor(code, detail = "") {
    super(detail || code);
    this.code = code;
  }
}

export class Picture {
  /**
   * @param {string} hash of the low-energy file @param {Uint16Array} low @param {Uint16Array} high
   * @param {number} width @param {number} height @param {number} pixelUm
   */
  constructor(hash, low, high, width, height, pixelUm) {
    if (low.length !== width * height || high.length !== width * height) throw new PictureError("picture_size");
    if (width * height > PIXELS_MOST) throw new PictureError("picture_too_large");
    this.hash = hash;
    this.width = width;
    this.height = height;
    this.pixelUm = pixelUm;
    this.low = low;
    this.high = high;
    this.air = { low: airOf(low, width, height), high: airOf(high, width, height) };
    /** @type {Map<number, {low: Uint16Array, high: Uint16Array, width: number, height: number}>} */
    this._levels = new Map([[0, { low, high, width, height }]]);
  }

  /** Means of 2 x 2 counts, `level` times over: a thin wire stays visible when many counts share one pixel of the screen. */
  level(/** @type {number} */ level) {
    const there = this._levels.get(level);
    if (there) return there;
    const finer = this.level(level - 1);
    const width = (finer.width + 1) >> 1;
    const height = (finer.height + 1) >> 1;
    const made = { low: halved(finer.low, finer), high: halved(finer.high, finer), width, height };
    this._levels.set(level, made);
    return made;
  }

  /** Mean counts of the 3 x 3 around a texel: what the words under the pointer are of. */
  around(/** @type {number} */ x, /** @type {number} */ y) {
    let low = 0;
    let high = 0;
    for (let dy = -1; dy <= 1; dy++) {
      for (let dx = -1; dx <= 1; dx++) {
        const place = clamp(y + dy, this.height) * this.width + clamp(x + dx, this.width);
        low += this.low[place];
        high += this.high[place];
      }
    }
    return { low: low / 9, high: high / 9 };
  }
}

/** An odd last row or column counts twice. @param {Uint16Array} pixels @param {{width: number, height: number}} of */
function halved(pixels, { width, height }) {
  const across = (width + 1) >> 1;
  const found = new Uint16Array(across * ((height + 1) >> 1));
  for (let y = 0, to = 0; y < height; y += 2) {
    const row = y * width;
    const next = y + 1 < height ? row + width : row;
    for (let x = 0; x < width; x += 2) {
      const right = x + 1 < width ? x + 1 : x;
      found[to++] = (pixels[row + x] + pixels[row + right] + pixels[next + x] + pixels[next + right] + 2) >> 2;
    }
  }
  return found;
}

/** @param {number} value @param {number} size */
function clamp(value, size) {
  return Math.min(Math.max(Math.floor(value), 0), size - 1);
}

/**
 * Raw little-endian counts of both energies.
 * @param {{low: string, high: string, pixelUm: number}} of
 */
export async function fetchPicture({ low, high, pixelUm }) {
  const [one, two] = await Promise.all([fetchCounts(low), fetchCounts(high)]);
  if (one.width !== two.width || one.height !== two.height) throw new PictureError("picture_size");
  return new Picture(low, one.counts, two.counts, one.width, one.height, pixelUm);
}

/** @param {string} hash */
async function fetchCounts(hash) {
  const answer = await fetch(`/api/pixels/${encodeURIComponent(hash)}`, { signal: AbortSignal.timeout(COUNTS_MS), credentials: "same-origin" });
  if (!answer.ok) throw new PictureError(`http_${answer.status}`);
  const width = Number(answer.headers.get("X-Width"));
  const height = Number(answer.headers.get("X-Height"));
  const bytes = await answer.arrayBuffer();
  if (!(width > 0 && height > 0) || bytes.byteLength !== width * height * 2) throw new PictureError("picture_size");
  return { width, height, counts: littleEndian(bytes) };
}

/** @param {ArrayBuffer} bytes */
function littleEndian(bytes) {
  if (new Uint8Array(new Uint16Array([1]).buffer)[0] === 1) return new Uint16Array(bytes);
  const view = new DataView(bytes);
  return Uint16Array.from({ length: bytes.byteLength / 2 }, (_, i) => view.getUint16(2 * i, true));
}
