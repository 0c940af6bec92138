/**
 * What waits at the site's other lines, as this line's daemon heard it, and the way there.
 *
 * One rule: nothing is claimed or decided here: a press leads to the console of the line that owns the carton, which claims it for whoever
 * is signed in there. A line that is not known is said to be so, never left out.
 */
import { stream } from "../core/stream.js";

/**
 * @typedef {object} Entry
 * @property {string} track @property {string} carton @property {string} last4 @property {string[]} must @property {number} since_ms
 * @property {number|null} last_call_ms @property {number|null} left_ms @property {boolean|null} running @property {number} calls
 * @property {number|null} called_ms @property {string|null} claimed_by @property {string|null} claimed_name
 */
/**
 * @typedef {object} Line
 * @property {string} name @property {string} address @property {"linked"|"known"|"unknown"} state @property {Entry[]} waiting @property {number} more
 * @property {number} [since_ms] @property {string} [fault] @property {number|null} [before]
 */

/** @returns {Line[]} */
export function lines() {
  return stream.state?.values.lines?.list ?? [];
}

/** Lines that were asked and are not known now. */
export function unknownLines() {
  return lines().filter((line) => line.state === "unknown");
}

/** @returns {{line: Line, one: Entry}[]} what waits at other lines, the most urgent first */
export function elsewhere() {
  const all = lines().flatMap((line) => line.waiting.map((one) => ({ line, one })));
  return all.sort((a, b) => leftMs(a.one) - leftMs(b.one));
}

/** How many wait there, also those that are not told one by one. */
export function countElsewhere() {
  return lines().reduce((sum, line) => sum + line.waiting.length + line.more, 0);
}

/** The most urgent that nobody looks at. */
export function freeElsewhere() {
  return elsewhere().find(({ one }) => !one.claimed_by);
}

/** Until its last call; while its belt stands that does not grow less. @param {Entry} one */
export function leftMs(one) {
  return one.left_ms ?? (one.last_call_ms ?? 0) - stream.lineMs();
}

/** To the officer's page of that line, with this carton; this page's own carton is free again as soon as it is left. @param {Line} line @param {string} [track] */
export function goTo(line, track) {
  location.assign(`${line.address}/officer${track ? `?carton=${encodeURIComponent(track)}` : ""}`);
}
