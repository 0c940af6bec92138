/**
 * The mouse on a picture: wheel zooms to the pointer, left drags, right drags the window, clicks measure and mark.
 *
 * One rule: nothing needs a drag: keys zoom, pan and set the window, and a distance is two clicks.
 */

const WHEEL_STEP = 1.2;

export class Hands {
  /** @param {import('./viewer.js').XrayViewer} viewer */
  constructor(viewer) {
    this.viewer = viewer;
    /** @type {{button: number, at: number[], moved: boolean}|null} */
    this.drag = null;
    this.insideMs = 0;
    this._enteredAt = -1;
    viewer.addEventListener("wheel", (event) => this._wheel(event), { passive: false });
    viewer.addEventListener("pointerdown", (event) => this._down(event));
    viewer.addEventListener("pointermove", (event) => this._move(event));
    viewer.addEventListener("pointerup", (event) => this._up(event));
    viewer.addEventListener("pointercancel", () => { this.drag = null; });
    viewer.addEventListener("pointerenter", () => { this._enteredAt = performance.now(); });
    viewer.addEventListener("pointerleave", () => this._leave());
    viewer.addEventListener("contextmenu", (event) => event.preventDefault());
  }

  /** How long the pointer was over the picture since it was asked last, for the record of the verdict. */
  takeInsideMs() {
    const now = performance.now();
    const found = this.insideMs + (this._enteredAt >= 0 ? now - this._enteredAt : 0);
    this.insideMs = 0;
    if (this._enteredAt >= 0) this._enteredAt = now;
    return found;
  }

  /** @param {MouseEvent} event device pixels on the canvas */
  _point(event) {
    const box = this.viewer.getBoundingClientRect();
    const ratio = (this.viewer.canvas?.width ?? box.width) / Math.max(box.width, 1);
    return [(event.clientX - box.left) * ratio, (event.clientY - box.top) * ratio];
  }

  /** @param {WheelEvent} event */
  _wheel(event) {
    event.preventDefault();
    const point = this._point(event);
    const pane = this.viewer.paneAt(point);
    if (!pane) return;
    this.viewer.sight.zoomAt(pane.box, pane.picture, event.deltaY < 0 ? WHEEL_STEP : 1 / WHEEL_STEP, point);
    this.viewer.tools.note("zoom");
    this.viewer.redraw();
  }

  /** @param {PointerEvent} event */
  _down(event) {
    if (event.button !== 0 && event.button !== 2) return;
    this.viewer.setPointerCapture(event.pointerId);
    this.drag = { button: event.button, at: this._point(event), moved: false };
  }

  /** @param {PointerEvent} event */
  _move(event) {
    const { viewer, drag } = this;
    const point = this._point(event);
    const pane = viewer.paneAt(point);
    if (viewer.curtain !== null && !drag && pane) viewer.wipeTo((point[0] - pane.box.x) / pane.box.width);
    viewer.point(pane ? viewer.sight.toTexel(pane.box, pane.picture, point) : null, pane?.picture);
    if (!drag || !pane) return;
    const [dx, dy] = [point[0] - drag.at[0], point[1] - drag.at[1]];
    if (!drag.moved && Math.hypot(dx, dy) < 4) return;
    if (!drag.moved) viewer.tools.note(drag.button === 2 ? "window" : "pan");
    drag.moved = true;
    drag.at = point;
    if (drag.button === 2) this._window(dx / pane.box.width, dy / pane.box.height);
    else viewer.sight.pan(pane.box, pane.picture, dx, dy);
    viewer.redraw();
  }

  /** @param {PointerEvent} event */
  _up(event) {
    const { viewer, drag } = this;
    this.drag = null;
    if (!drag || drag.moved || drag.button !== 0) return;
    const point = this._point(event);
    const pane = viewer.paneAt(point);
    if (!pane?.own) return;
    const texel = viewer.sight.toTexel(pane.box, pane.picture, point);
    if (viewer.mode === "measure" && viewer.marks.measure(texel)) viewer.tools.note("measure");
    if (viewer.mode === "mark") {
      viewer.marks.mark(texel);
      viewer.tools.note("mark");
    }
    viewer.redraw();
  }

  /** Across: width of the window; down: its middle. @param {number} across @param {number} down */
  _window(across, down) {
    const [from, to] = this.viewer.tools.window;
    this.viewer.tools.setWindow((from + to) / 2 + down, (to - from) * Math.exp(2 * across));
  }

  _leave() {
    if (this._enteredAt >= 0) this.insideMs += performance.now() - this._enteredAt;
    this._enteredAt = -1;
    this.viewer.point(null);
  }
}
