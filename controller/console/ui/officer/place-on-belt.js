/**
 * Where a carton is on the belt now, and how long that leaves, from what the stream told.
 *
 * One rule: a place is moved by the belt's speed only while the link is live and the belt runs; else it stays where it was last known,
 * and `sure` is false.
 */
import { stream } from "../core/stream.js";

/**
 * @param {import("./pool.js").Waiting} one
 * @returns {{mm: number, reachMm: number, lengthMm: number, sure: boolean, running: boolean|null, leftMm: number, leftMs: number}}
 * `reachMm`: how far it may have come since it was last known
 */
export function placeOf(one) {
  const belt = stream.state?.values.belt ?? {};
  const plan = stream.state?.values.plan ?? {};
  const seen = (belt.cartons ?? []).find((/** @type {{track: string}} */ other) => other.track === one.track);
  const known = seen && seen.front_mm !== null && seen.front_mm !== undefined ? seen : one;
  const speed = belt.speed_mm_s || plan.speed_mm_s || 0;
  const running = belt.running ?? null;
  const gone = running ? (speed * Math.max(stream.lineMs() - known.at_ms, 0)) / 1000 : 0;
  const mm = known.front_mm + gone;
  const blind = stream.link === "live" ? 0 : (speed * stream.ageMs()) / 1000;
  const leftMm = one.last_call_mm - mm;
  const leftMs = seen || running === false ? (speed ? (leftMm * 1000) / speed : NaN) : one.last_call_ms - stream.lineMs();
  return {
    mm, reachMm: running === false ? mm : mm + blind, lengthMm: seen?.length_mm ?? 400, running, leftMm, leftMs,
    sure: stream.link === "live" && running !== null && !seen?.doubtful,
  };
}

/** The piece of belt that is drawn: from the X-ray tunnel to behind the diverter. @param {any} plan */
export function stretch(plan) {
  const xray = plan?.stations?.find((/** @type {{kind: string}} */ one) => one.kind === "xray");
  const from = xray ? xray.from_mm : 0;
  const to = plan?.divert_mm ? plan.divert_mm + 300 : from + 10000;
  return { from, to, xrayTo: xray?.to_mm ?? from };
}
