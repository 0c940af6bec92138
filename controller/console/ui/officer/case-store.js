/**
 * Cases and pictures of the pool on this page: fetched before their turn, let go after it.
 *
 * One rule: a case belongs to one track and one image; when either changes it is another case and is fetched anew.
 */
import { ask } from "../core/session.js";
import { fetchPicture } from "./picture.js";

/** So many of the queue are fetched before their turn. */
export const AHEAD = 3;
const KEPT = 6;
/** A picture that is looked at or is one's own, and could not be had, is asked for again after this, unless the service has said that it never can be. */
const AGAIN_MS = 2000;
const FOR_GOOD = ["http_404", "picture_size", "picture_too_large"];

/**
 * @typedef {object} Case
 * @property {string} track @property {string} low @property {"loading"|"ready"|"failed"} state @property {string} fault
 * @property {any} told @property {import("./picture.js").Picture|null} picture @property {string} must
 * @property {number} failedAt
 */

export class CaseStore extends EventTarget {
  constructor() {
    super();
    /** @type {Map<string, Case>} */
    this._cases = new Map();
  }

  /** @param {string} track @returns {Case|undefined} */
  get(track) {
    return this._cases.get(track);
  }

  /**
   * Fetch these, the first at once and the others behind it; forget those that are in nobody's way.
   * @param {import("./pool.js").Waiting[]} wanted @param {string[]} now tracks whose pictures somebody waits for
   */
  want(wanted, now = []) {
    for (const one of wanted) {
      const there = this._cases.get(one.track);
      if (there && there.low === one.low && !(now.includes(one.track) && mayBeTriedAgain(there))) {
        if (there.state !== "loading" && there.must !== one.must.join()) void this._tell(there, one.must.join());
        continue;
      }
      void this._fetch(one);
    }
    const kept = new Set(wanted.map((one) => one.track));
    for (const track of this._cases.keys()) {
      if (this._cases.size <= KEPT) break;
      if (!kept.has(track)) this._cases.delete(track);
    }
  }

  clear() {
    this._cases.clear();
  }

  /** Try again what failed. @param {string} track */
  again(track) {
    if (this._cases.get(track)?.state === "failed") this._cases.delete(track);
  }

  /** @param {import("./pool.js").Waiting} one */
  async _fetch(one) {
    const before = this._cases.get(one.track);
    /** @type {Case} */
    const made = { track: one.track, low: one.low, state: "loading", fault: "", told: before?.low === one.low ? before.told : null, picture: null, must: one.must.join(), failedAt: 0 };
    this._cases.set(one.track, made);
    const { status, body } = await ask("GET", `/api/pictures/${encodeURIComponent(one.track)}`);
    if (status === 200) made.told = body;
    try {
      if (status !== 200) throw Object.assign(new Error(body.code), { code: body.code ?? "no_answer" });
      this._changed(made);
      made.picture = await fetchPicture({ low: one.low, high: one.high, pixelUm: body.pixel_um });
      made.state = "ready";
    } catch (error) {
      made.state = "failed";
      made.fault = faultOf(error);
      made.failedAt = performance.now();
    }
    this._changed(made);
  }

  /** The analyser or a rule said more meanwhile: the papers again, the picture stays. @param {Case} one @param {string} must */
  async _tell(one, must) {
    one.must = must;
    const { status, body } = await ask("GET", `/api/pictures/${encodeURIComponent(one.track)}`);
    if (status === 200) one.told = body;
    this._changed(one);
  }

  /** @param {Case} one */
  _changed(one) {
    if (this._cases.get(one.track) === one) this.dispatchEvent(new CustomEvent("case", { detail: one.track }));
  }
}

/** @param {Case} one */
function mayBeTriedAgain(one) {
  return one.state === "failed" && !FOR_GOOD.includes(one.fault) && performance.now() - one.failedAt >= AGAIN_MS;
}

/** Whatever else went wrong, a lost link or a time that was over, is no answer. @param {any} error @returns {string} */
function faultOf(error) {
  return typeof error.code === "string" ? error.code : "no_answer";
}
