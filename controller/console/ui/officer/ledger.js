/**
 * The last eight decisions of this officer on this page, with how far each has come.
 *
 * One rule: a decision is `accepted` by the service and `done` only when the line tells that the carton is in its lane.
 */
import { laneOf } from "./pool.js";

const KEPT = 8;

/**
 * @typedef {object} Entry
 * @property {string} track @property {string} image @property {string} last4 @property {string} verdict empty = refused as too late
 * @property {boolean} late @property {"accepted"|"undone"|"done"} state @property {string} lane kind of the lane it went to
 */

export class Ledger {
  constructor() {
    /** @type {Entry[]} newest first */
    this.entries = [];
  }

  /** @param {{track: string, image: string, last4: string, verdict: string, late: boolean}} one */
  decided(one) {
    this.entries = [{ ...one, state: "accepted", lane: "" }, ...this.entries.filter((old) => old.image !== one.image)];
    this.entries.length = Math.min(this.entries.length, KEPT);
  }

  /** The one that can be taken back next. */
  newest() {
    return this.entries.find((one) => one.verdict && one.state !== "undone");
  }

  /** Tracks that were judged here and are not this page's any more, whatever the stream still says. */
  standing() {
    return this.entries.filter((one) => one.state !== "undone").map((one) => one.track);
  }

  /** @param {Entry} entry @param {boolean} late */
  undone(entry, late) {
    entry.state = "undone";
    entry.late = late;
  }

  /** @param {string} track */
  has(track) {
    return this.entries.some((one) => one.track === track);
  }

  /** What the line tells: a carton went to its lane. @param {any} happened @returns {boolean} whether that changed an entry */
  heard(happened) {
    if (happened.kind !== "diverted") return false;
    const entry = this.entries.find((one) => one.track === happened.track);
    if (!entry) return false;
    entry.lane = laneOf(happened.lane_code)?.kind ?? String(happened.lane_code);
    if (entry.state === "accepted") entry.state = "done";
    return true;
  }

  clear() {
    this.entries = [];
  }
}
