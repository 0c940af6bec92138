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
 * @property {""|"judged"|"open"} told what the pool said of it last
 */

export class Ledger {
  constructor() {
    /** @type {Entry[]} newest first */
    this.entries = [];
  }

  /** @param {{track: string, image: string, last4: string, verdict: string, late: boolean}} one */
  decided(one) {
    this.entries = [{ ...one, state: "accepted", lane: "", told: "" }, ...this.entries.filter((old) => old.image !== one.image)];
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

  /**
   * What the pool says of this account's verdicts counts, whichever answer was lost and in whichever window they were given: a verdict
   * that nothing here knows of is one, and one that the pool told and tells no more was taken back.
   * @param {import("./pool.js").Waiting[]} list @param {string} account
   */
  told(list, account) {
    for (const one of list) {
      const entry = this.entries.find((old) => old.track === one.track);
      const own = Boolean(one.verdict) && one.verdict_by === account;
      if (own && (!entry || !entry.verdict || (entry.state === "undone" && entry.told === "open"))) {
        this.decided({ track: one.track, image: one.low, last4: one.last4, verdict: one.verdict, late: false });
        this.entries[0].told = "judged";
      } else if (entry && own) {
        entry.told = "judged";
      } else if (entry && !one.verdict) {
        if (entry.told === "judged" && entry.state === "accepted") entry.state = "undone";
        entry.told = "open";
      }
    }
  }

  clear() {
    this.entries = [];
  }
}
