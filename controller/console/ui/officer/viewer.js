/**
 * `<x-ray-viewer>`: one X-ray picture in two views, beside an earlier one when compared, exact to the device pixel.
 *
 * One rule: it says `drawn` only for a frame that the browser has taken with that very picture in it; `ready` is false from a new
 * picture until then, and again whenever the graphics card has lost it.
 */

import { FlatScreen } from "./flat-screen.js";
import { Sight, panes } from "./geometry.js";
import { GlScreen } from "./gl-screen.js";
import { Marks } from "./marks.js";
import { classOf } from "./optics.js";
import { Overlay } from "./overlay.js";
import { COLOUR, GREY } from "./shader.js";
import { Tools } from "./tools.js";
import { Hands } from "./hands.js";

const CURRENT = "current";
const EARLIER = "earlier";
export const VIEWS = ["both", "colour", "high"];
const LOOKS = { colour: { mode: COLOUR, useHigh: false }, high: { mode: GREY, useHigh: true } };
const GAP_PX = 6;
const BAND_PX = 28;
export const BLINK_MS = 500;

export class XrayViewer extends HTMLElement {
  constructor() {
    super();
    this.tools = new Tools();
    this.sight = new Sight();
    this.marks = new Marks();
    this.view = "both";
    this.mode = "look";
    this.ready = false;
    this.blinking = false;
    /** Where the curtain hangs, as a share of the pane: this carton left of it, the earlier one right. @type {number|null} */
    this.curtain = null;
    this.ground = [0.08, 0.09, 0.1];
    /** @type {(key: string) => string} */
    this.words = (key) => key;
    /** @type {import('./picture.js').Picture|null} */
    this.picture = null;
    /** @type {import('./picture.js').Picture|null} */
    this.earlier = null;
    this.earlierLabel = "";
    /** @type {{box: number[], text: string}[]} */
    this.boxes = [];
    /** @type {number[]|null} texel under the pointer */
    this.pointer = null;
    this._askedFrame = 0;
    this._blink = 0;
    this._shownAt = 0;
  }

  connectedCallback() {
    if (this.canvas) return;
    this.canvas = document.createElement("canvas");
    this.canvas.className = "picture";
    const over = document.createElement("canvas");
    over.className = "over";
    this.watermark = document.createElement("p");
    this.watermark.className = "watermark";
    this.watermark.hidden = true;
    this.append(this.canvas, over, this.watermark);
    this.overlay = new Overlay(over);
    this.screen = this._screen();
    this.watermark.hidden = this.screen.exact;
    this.screen.onChange = () => this._changed();
    this.hands = new Hands(this);
    this._observer = new ResizeObserver((entries) => this._size(entries[0]));
    try {
      this._observer.observe(this, { box: "device-pixel-content-box" });
    } catch {
      this._observer.observe(this);
    }
  }

  /** WebGL2, or the 2-D canvas: a canvas that gave one kind of context gives no other. */
  _screen() {
    const canvas = /** @type {HTMLCanvasElement} */ (this.canvas);
    try {
      return new GlScreen(canvas);
    } catch {
      const fresh = /** @type {HTMLCanvasElement} */ (canvas.cloneNode());
      canvas.replaceWith(fresh);
      this.canvas = fresh;
      return new FlatScreen(fresh);
    }
  }

  /** Another carton: standard view, no tools, no marks. @param {import('./picture.js').Picture|null} picture */
  show(picture) {
    const screen = /** @type {GlScreen|FlatScreen} */ (this.screen);
    this.ready = false;
    this._shownAt = performance.now();
    this.tools.standard();
    this.tools.forget();
    this.sight.reset();
    this.marks.clear();
    this.boxes = [];
    this.mode = "look";
    this.compareWith(null);
    this.picture = picture;
    if (picture) screen.put(CURRENT, picture);
    else screen.drop(CURRENT);
    this.redraw();
  }

  /** @param {import('./picture.js').Picture|null} picture @param {string} [label] */
  compareWith(picture, label = "") {
    this.blinking = false;
    this.curtain = null;
    this.earlier = picture;
    this.earlierLabel = label;
    if (picture) {
      this.screen?.put(EARLIER, picture);
      this.tools.note("compare");
    } else {
      this.screen?.drop(EARLIER);
    }
    this.redraw();
  }

  /** @param {number[][]} points @returns {{low: number[], high: number[]}|null} counts as the shader samples them */
  proof(points) {
    return this.picture && this.screen ? this.screen.read(CURRENT, points) : null;
  }

  get lost() {
    return Boolean(this.screen?.lost);
  }

  /** Ask for a frame; many asks make one. */
  redraw() {
    if (!this._askedFrame) this._askedFrame = requestAnimationFrame(() => this._frame());
  }

  /** @param {number} direction */
  turnView(direction) {
    this.view = VIEWS[(VIEWS.indexOf(this.view) + direction + VIEWS.length) % VIEWS.length];
    this.tools.note(`view ${this.view}`);
    this.redraw();
  }

  toggleBlink() {
    if (!this.earlier) return;
    this.blinking = !this.blinking;
    this.curtain = null;
    this.tools.note("blink");
    this.redraw();
  }

  /** One over the other, with a curtain between them that follows the pointer or the keys. */
  toggleWipe() {
    if (!this.earlier) return;
    this.curtain = this.curtain === null ? 0.5 : null;
    this.blinking = false;
    this.tools.note("wipe");
    this.redraw();
  }

  /** @param {number} share of the pane, from its left */
  wipeTo(share) {
    if (this.curtain === null) return;
    this.curtain = Math.min(Math.max(share, 0), 1);
    this.redraw();
  }

  /** @param {string} mode 'measure' or 'mark'; the same again is looking */
  setMode(mode) {
    this.mode = this.mode === mode ? "look" : mode;
    this.marks.begun = null;
    this.dataset.mode = this.mode;
    this.redraw();
  }

  /**
   * The panes as they lie now, with what each shows; of one behind a curtain only `clip` is seen.
   * @returns {{name: string, picture: import('./picture.js').Picture, look: any, label: string, own: boolean, box: import('./geometry.js').Box, clip?: import('./geometry.js').Box}[]}
   */
  layout() {
    const { canvas, picture } = this;
    if (!canvas || !picture) return [];
    const first = this.view === "high" ? LOOKS.high : LOOKS.colour;
    const label = this.view === "high" ? "officer.view_high" : "officer.view_colour";
    const free = { gap: Math.round(GAP_PX * devicePixelRatio), band: Math.round(BAND_PX * devicePixelRatio) };
    if (this.earlier) {
      const current = { name: CURRENT, picture, look: this.tools.look(first), label: this.words("officer.this_carton"), own: true };
      const other = { name: EARLIER, picture: this.earlier, look: this.tools.look(first), label: this.earlierLabel, own: false };
      if (this.blinking) {
        const one = Math.floor(performance.now() / BLINK_MS) % 2 ? other : current;
        return [{ ...one, box: panes(canvas, 1, picture, free)[0] }];
      }
      if (this.curtain !== null) {
        const box = panes(canvas, 1, picture, free)[0];
        const left = Math.round(box.width * this.curtain);
        return [{ ...current, box, clip: { ...box, width: left } }, { ...other, box, clip: { ...box, x: box.x + left, width: box.width - left } }];
      }
      const boxes = panes(canvas, 2, picture, free);
      return [{ ...current, box: boxes[0] }, { ...other, box: boxes[1] }];
    }
    const boxes = panes(canvas, this.view === "both" ? 2 : 1, picture, free);
    const found = [{ name: CURRENT, picture, look: this.tools.look(first), label: this.words(label), own: true, box: boxes[0] }];
    // The second view stays as it is: one of the two always shows the picture without enhancement.
    if (boxes.length > 1) {
      const plain = { ...LOOKS.high, window: this.tools.window, edge: false, invert: false };
      found.push({ name: CURRENT, picture, look: plain, label: this.words("officer.view_high"), own: true, box: boxes[1] });
    }
    return found;
  }

  /** The pane under a point of the canvas, in device pixels. @param {number[]} point */
  paneAt([x, y]) {
    return this.layout().find((pane) => {
      const { x: left, y: top, width, height } = pane.clip ?? pane.box;
      return x >= left && x < left + width && y >= top && y < top + height;
    });
  }

  /** What lies under the pointer, in numbers and by class. @param {number[]|null} texel @param {import('./picture.js').Picture} [picture] */
  point(texel, picture = this.picture ?? undefined) {
    const inside = texel && picture && texel[0] >= 0 && texel[1] >= 0 && texel[0] < picture.width && texel[1] < picture.height;
    this.pointer = texel;
    const counts = inside ? picture.around(texel[0], texel[1]) : null;
    const detail = counts && picture ? { ...classOf(counts.low, counts.high, picture.air), ...counts } : null;
    this.dispatchEvent(new CustomEvent("pointed", { detail }));
    if (this.marks.begun) this.redraw();
  }

  _frame() {
    this._askedFrame = 0;
    const { screen, picture, overlay } = this;
    if (!screen || !overlay) return;
    const lying = this.layout();
    const drawn = screen.draw(lying.map(({ name, picture: of, box, clip, look }) => ({
      name, ...(clip ?? box), ...look, origin: this.sight.origin(box, of), zoom: this.sight.zoomIn(box, of),
    })), this.ground);
    overlay.clear();
    lying.forEach(({ box, clip, picture: of, label, own, look }, i) => overlay.pane(box, of, this.sight, {
      label, clip, right: clip !== undefined && !own, note: i === 0 || !own ? this._toolWords(look) : "", marks: own ? this.marks : undefined, pointer: this.pointer,
      boxes: own && i === 0 ? this.boxes : [],
    }));
    if (this.blinking) this._blinkOn();
    if (drawn && picture && !this.ready) this._proveFrame(picture);
  }

  /** The next frame that differs: drawn when the other picture's turn comes, not at each frame until then. */
  _blinkOn() {
    clearTimeout(this._blink);
    this._blink = setTimeout(() => this.blinking && this.isConnected && this.redraw(), BLINK_MS - (performance.now() % BLINK_MS));
  }

  /** The browser takes a frame at the end of its callback: at the next one it is on its way to the glass. @param {import('./picture.js').Picture} picture */
  _proveFrame(picture) {
    requestAnimationFrame(() => {
      if (this.picture !== picture || this.ready || this.lost) return;
      this.ready = true;
      const detail = { hash: picture.hash, first_pixel_ms: Math.round(performance.now() - this._shownAt) };
      this.dispatchEvent(new CustomEvent("drawn", { detail }));
    });
  }

  /** @param {{mode: number}} look */
  _toolWords(look) {
    const held = [...this.tools.held.keys()].map((tool) => this.words(`officer.tool_${tool}`));
    if (!this.tools.isStandard && held.length === 0) held.push(this.words("officer.own_window"));
    return look && held.join(" · ");
  }

  _changed() {
    if (this.lost) this.ready = false;
    this.dispatchEvent(new CustomEvent(this.lost ? "lost" : "restored"));
    this.redraw();
  }

  /** @param {ResizeObserverEntry} entry */
  _size(entry) {
    const exact = entry.devicePixelContentBoxSize?.[0];
    const width = exact ? exact.inlineSize : Math.round(entry.contentRect.width * devicePixelRatio);
    const height = exact ? exact.blockSize : Math.round(entry.contentRect.height * devicePixelRatio);
    for (const canvas of [this.canvas, this.overlay?.canvas]) {
      if (!canvas) continue;
      canvas.width = Math.max(width, 1);
      canvas.height = Math.max(height, 1);
    }
    if (this.overlay) this.overlay.ratio = entry.contentRect.width ? width / entry.contentRect.width : 1;
    // A resized canvas is blank until it is drawn: draw now, not a frame later.
    cancelAnimationFrame(this._askedFrame);
    this._frame();
  }
}

customElements.define("x-ray-viewer", XrayViewer);
