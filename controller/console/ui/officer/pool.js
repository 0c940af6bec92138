/**
 * This line's pool of pictures that wait, as the live stream tells it, and whose turn it is; what waits elsewhere: elsewhere.js.
 *
 * One rule: only the stream says what is in the pool; nothing is added, kept or guessed here.
 */
import { stream } from "../core/stream.js";
import { session } from "../core/session.js";

/**
 * @typedef {object} Waiting
 * @property {string} track @property {string} carton @property {string} last4 @property {string} low @property {string} high
 * @property {number} since_ms @property {number} last_call_mm @property {number} front_mm @property {number} at_ms
 * @property {number} last_call_ms @property {string[]} must @property {string} verdict @property {string} [verdict_by]
 * @property {string|null} [claimed_by] account of whoever looks at it @property {string|null} [claimed_name] @property {number} [calls]
 */

/** @returns {Waiting[]} oldest deadline first */
export function pool() {
  return stream.state?.values.pictures?.list ?? [];
}

/** @param {string} track */
export function waiting(track) {
  return pool().find((one) => one.track === track);
}

/** Who else looks at it now; empty when nobody does. @param {Waiting} one */
export function other(one) {
  return one.claimed_by && one.claimed_by !== session.account ? one.claimed_name || one.claimed_by : "";
}

/** Pictures that nobody has judged, whoever looks at them. */
export function open() {
  return pool().filter((one) => !one.verdict);
}

/** Whose turn it is: the first that nobody else looks at and that nobody judged. @param {Set<string>} [not] tracks that were refused just now */
export function turn(not = new Set()) {
  return open().find((one) => !other(one) && !not.has(one.track));
}

/** The lane's name on screen. @param {number} code */
export function laneOf(code) {
  const lane = stream.state?.values.plan?.lanes?.find((/** @type {{code: number}} */ one) => one.code === code);
  return lane ?? null;
}
