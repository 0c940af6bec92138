/**
 * The officer's picture tools: momentary, and written down.
 *
 * One rule: every picture opens standard. A tool acts while its key is held; a double press latches it until the same key or `0` is
 * pressed, or the next carton comes. What was used, how often and for how long goes with the verdict.
 */

import { HIGH_PENETRATION, LOW_PENETRATION, STANDARD } from "./optics.js";
import { COLOUR, GREY, INORGANIC_ONLY, ORGANIC_ONLY } from "./shader.js";

/** In the order of the keys 1 to 8. */
export const TOOLS = ["grey", "colour", "organic", "inorganic", "high", "low", "edge", "invert"];
const MODES = { grey: GREY, colour: COLOUR, organic: ORGANIC_ONLY, inorganic: INORGANIC_ONLY };
/** A second press within this latches. */
export const DOUBLE_MS = 350;

export class Tools {
  /** @param {() => number} clock ms */
  constructor(clock = () => performance.now()) {
    this._clock = clock;
    this.standard();
    this.forget();
  }

  /** As every picture opens. */
  standard() {
    this._end();
    /** @type {Map<string, number>} tool to when it was put on */
    this.held = new Map();
    this.latched = new Set();
    this.window = [...STANDARD];
    this._lastPress = { tool: "", at: -Infinity };
  }

  /** A new carton: nothing of the last one's tools is left, nor its record. */
  forget() {
    /** @type {Map<string, {times: number, ms: number}>} */
    this._used = new Map();
  }

  /** @param {string} tool */
  press(tool) {
    const now = this._clock();
    if (this.held.has(tool) && !this.latched.has(tool)) return;
    const twice = this._lastPress.tool === tool && now - this._lastPress.at <= DOUBLE_MS;
    this._lastPress = { tool, at: now };
    if (this.latched.has(tool)) {
      this._off(tool);
      this._lastPress.at = -Infinity;
      return;
    }
    this._note(tool, 0, 1);
    this.held.set(tool, now);
    if (twice) this.latched.add(tool);
  }

  /** @param {string} tool */
  release(tool) {
    if (!this.latched.has(tool)) this._off(tool);
  }

  /** All keys are up: the page lost the keyboard. */
  releaseAll() {
    for (const tool of [...this.held.keys()]) this.release(tool);
  }

  /** @param {string} tool */
  has(tool) {
    return this.held.has(tool);
  }

  get isStandard() {
    return this.held.size === 0 && this.window[0] === STANDARD[0] && this.window[1] === STANDARD[1];
  }

  /** A window of the officer's own, in shares of air. @param {number} centre @param {number} width */
  setWindow(centre, width) {
    const wide = Math.min(Math.max(width, 0.002), 1.5);
    const middle = Math.min(Math.max(centre, 0), 1.1);
    this.window = [middle - wide / 2, middle + wide / 2];
  }

  /** Use that is no key held: zoom, window, measure, mark, compare. @param {string} what */
  note(what) {
    this._note(what, 0, 1);
  }

  /** How the first pane is drawn now. @param {{mode: number, useHigh: boolean}} standard of the pane */
  look(standard) {
    const mode = [...this.held.keys()].reverse().find((tool) => tool in MODES);
    const wide = [...this.held.keys()].reverse().find((tool) => tool === "high" || tool === "low");
    return {
      mode: mode ? MODES[/** @type {keyof MODES} */ (mode)] : standard.mode, useHigh: standard.useHigh,
      window: wide ? (wide === "high" ? HIGH_PENETRATION : LOW_PENETRATION) : this.window,
      edge: this.held.has("edge"), invert: this.held.has("invert"),
    };
  }

  /** For the verdict: `edge 2x 1.4s, zoom 3x`. */
  record() {
    const now = this._clock();
    const all = new Map(this._used);
    for (const [tool, since] of this.held) {
      const one = all.get(tool) ?? { times: 0, ms: 0 };
      all.set(tool, { times: one.times, ms: one.ms + now - since });
    }
    return [...all].map(([name, { times, ms }]) => `${name} ${times}x${ms ? ` ${(ms / 1000).toFixed(1)}s` : ''}`).join(", ");
  }

  /** @param {string} tool */
  _off(tool) {
    const since = this.held.get(tool);
    this.held.delete(tool);
    this.latched.delete(tool);
    if (since !== undefined) this._note(tool, this._clock() - since, 0);
  }

  _end() {
    for (const tool of [...(this.held?.keys() ?? [])]) this._off(tool);
  }

  /** @param {string} what @param {number} ms @param {number} times */
  _note(what, ms, times) {
    const one = this._used?.get(what) ?? { times: 0, ms: 0 };
    this._used?.set(what, { times: one.times + times, ms: one.ms + ms });
  }
}
