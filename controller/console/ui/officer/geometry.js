/**
 * Where a picture lies on the canvas: zoom, pan, panes side by side, and the way from a point on the screen to a texel and back.
 *
 * One rule: a picture's corner always falls on a whole device pixel, so that at 1:1 a texel is a pixel. All in device pixels and texels.
 */

export const ZOOM_MOST = 64;
const FILL = 0.98;

/** @typedef {{x: number, y: number, width: number, height: number}} Box */
/** @typedef {{width: number, height: number}} Size */

export class Sight {
  /** The locked view of all panes: the texel in the middle, and device pixels a texel. `zoom` 0 = fitted. */
  constructor() {
    this.reset();
  }

  reset() {
    this.zoom = 0;
    this.centre = [0, 0];
  }

  /** @param {Box} box @param {Size} picture */
  zoomIn(box, picture) {
    return this.zoom || fitted(box, picture);
  }

  /** @param {Box} box @param {Size} picture device pixel of the picture's corner */
  origin(box, picture) {
    const zoom = this.zoomIn(box, picture);
    const centre = this.zoom ? this.centre : [picture.width / 2, picture.height / 2];
    return [Math.round(box.x + box.width / 2 - centre[0] * zoom), Math.round(box.y + box.height / 2 - centre[1] * zoom)];
  }

  /** Zoom by a factor around a point of the screen, which stays where it is. @param {Box} box @param {Size} picture @param {number} factor @param {number[]} point */
  zoomAt(box, picture, factor, point) {
    const least = fitted(box, picture);
    const before = this.zoomIn(box, picture);
    const middle = this.zoom ? this.centre : [picture.width / 2, picture.height / 2];
    const away = [point[0] - box.x - box.width / 2, point[1] - box.y - box.height / 2];
    const zoom = Math.min(Math.max(before * factor, least), Math.max(ZOOM_MOST, least));
    if (zoom <= least) {
      this.reset();
      return;
    }
    this.centre = [0, 1].map((i) => middle[i] + away[i] / before - away[i] / zoom);
    this.zoom = zoom;
    this._inside(picture);
  }

  /** @param {Box} box @param {Size} picture @param {number} dx @param {number} dy device pixels */
  pan(box, picture, dx, dy) {
    if (!this.zoom) return;
    this.centre = [this.centre[0] - dx / this.zoom, this.centre[1] - dy / this.zoom];
    this._inside(picture);
  }

  /** @param {Box} box @param {Size} picture @param {number[]} point */
  toTexel(box, picture, point) {
    const zoom = this.zoomIn(box, picture);
    const [x, y] = this.origin(box, picture);
    return [(point[0] - x) / zoom, (point[1] - y) / zoom];
  }

  /** @param {Box} box @param {Size} picture @param {number[]} texel */
  toPoint(box, picture, texel) {
    const zoom = this.zoomIn(box, picture);
    const [x, y] = this.origin(box, picture);
    return [x + texel[0] * zoom, y + texel[1] * zoom];
  }

  /** @param {Size} picture */
  _inside(picture) {
    this.centre = [Math.min(Math.max(this.centre[0], 0), picture.width), Math.min(Math.max(this.centre[1], 0), picture.height)];
  }
}

/** @param {Box} box @param {Size} picture */
export function fitted(box, picture) {
  return FILL * Math.min(box.width / picture.width, box.height / picture.height, ZOOM_MOST / FILL);
}

/**
 * One or two panes on a canvas, beside or above each other, whichever shows the picture larger. `band` stays free above and below the
 * picture of each pane, for its words and its scale.
 * @param {Size} canvas @param {number} count @param {Size} picture @param {{gap: number, band: number}} free @returns {Box[]}
 */
export function panes(canvas, count, picture, { gap, band }) {
  const inner = (/** @type {Box} */ box) => ({ ...box, y: box.y + band, height: Math.max(box.height - 2 * band, 1) });
  return frames(canvas, count, { width: picture.width, height: picture.height }, gap).map(inner);
}

/** @param {Size} canvas @param {number} count @param {Size} picture @param {number} gap @returns {Box[]} */
function frames(canvas, count, picture, gap) {
  if (count < 2) return [{ x: 0, y: 0, width: canvas.width, height: canvas.height }];
  const half = (/** @type {number} */ all) => Math.max(Math.floor((all - gap) / 2), 1);
  const beside = { x: 0, y: 0, width: half(canvas.width), height: canvas.height };
  const above = { x: 0, y: 0, width: canvas.width, height: half(canvas.height) };
  if (fitted(beside, picture) >= fitted(above, picture)) return [beside, { ...beside, x: canvas.width - beside.width }];
  return [above, { ...above, y: canvas.height - above.height }];
}
