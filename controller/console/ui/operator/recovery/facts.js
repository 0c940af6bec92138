/**
 * What the line says that a guided recovery goes by.
 *
 * Promises: only what the newest values say; what is not known is null, never taken for fine. `offered()` is every recovery that the
 * line asks for now, the most urgent first.
 */
import { stream } from "../../core/stream.js";
import { kept, knows, reason, t } from "../../core/words.js";

/** @typedef {"e_stop"|"guards"|"jam"|"divert"|"tracking"|"xray"|"seal"|"lane_full"|"no_read"} Kind */
/** @typedef {{track: string, carton: string, last4: string, lane: string, ended: string, ended_ms: number, load: string, codes: string[], nameless: boolean, way: string, place: string, asked: boolean}} Waiting */
/** @typedef {{kind: Kind, where: string, since_ms: number|null, count: number}} Offer */

/** @type {Kind[]} */
export const KINDS = ["e_stop", "guards", "jam", "divert", "tracking", "xray", "seal", "lane_full", "no_read"];
const BIT = { eStopHealthy: 0, safetyReset: 1, failSafe: 3, purge: 4, running: 5, guards: 6, air: 7, jam: 8, local: 10, xrayReady: 11, xrayFault: 12, horn: 13, localStart: 15 };

/** The PLC's own word, or `known: false`. */
export function plc() {
  const said = stream.state?.values.line?.plc;
  const known = Boolean(said?.synced) && said.flags !== null && said.flags !== undefined;
  const flags = known ? said.flags : 0;
  const is = (/** @type {keyof typeof BIT} */ name) => known && ((flags >> BIT[name]) & 1) === 1;
  return { known, is, running: is("running"), stands: known && !is("running"), state: known ? said.state : null, laneFull: known ? said.lane_full : 0, epoch: said?.epoch ?? 0 };
}

/** Alarms with one of these codes that are not suppressed. @param {...string} codes @returns {any[]} */
export function alarmsOf(...codes) {
  const list = stream.state?.values.alarms?.list ?? [];
  return list.filter((/** @type {any} */ one) => codes.includes(one.code) && one.state !== "suppressed" && one.active !== false);
}

/** Cartons that wait for hands. @returns {Waiting[]} */
export function waiting() {
  return stream.state?.values.rework?.list ?? [];
}

/** Lanes of a kind, by configuration. @param {string} kind @returns {string} */
export function laneOf(kind) {
  return stream.state?.values.plan?.lanes?.find((/** @type {any} */ one) => one.kind === kind)?.name ?? kind;
}

/** A lane as people call it: configured names may be anything. @param {string} name */
export function laneName(name) {
  return knows(`lane.${name}`) ? t(`lane.${name}`) : name;
}

/** Lost on the belt, and not in a place that is known. */
export function lost() {
  return waiting().filter((one) => one.ended === "lost" && !one.asked && one.place !== laneOf("inspect"));
}

/** Without a number that can be trusted, in a lane. */
export function nameless() {
  return waiting().filter((one) => one.ended === "lane" && one.nameless && one.way !== "customs");
}

/** Of a tracking generation that is over. */
export function ofOldEpoch() {
  return waiting().filter((one) => one.ended === "epoch" && !one.asked);
}

/** Loads with a finding at their seals. @returns {any[]} */
export function loads() {
  return stream.state?.values.rework?.loads ?? [];
}

/** Names of lanes that are full; null while nobody says. @returns {string[]|null} */
export function fullLanes() {
  return stream.state?.values.counts?.lanes_full ?? null;
}

/** X-ray devices that are down. @returns {any[]} */
function xrayDown() {
  return (stream.state?.values.devices?.list ?? []).filter((/** @type {any} */ one) => one.kind === "xray" && one.up === false);
}

/** Every condition against a start. @returns {string[]} */
export function againstStart() {
  return stream.state?.values.start?.unmet ?? [];
}

/** @returns {Offer[]} */
export function offered() {
  const now = plc();
  /** @type {Offer[]} */
  const found = [];
  /** @param {Kind} kind @param {string} where @param {number|null} since @param {number} count */
  const offer = (kind, where, since = null, count = 0) => found.push({ kind, where, since_ms: since, count });
  /** @param {string} code */
  const place = (code) => kept(alarmsOf(code)[0]?.where);
  /** @param {string} code @returns {number|null} */
  const since = (code) => alarmsOf(code)[0]?.since_ms ?? null;
  // What an open guard leaves behind (reset, start, cartons) is its own guide's; afterwards both lead the same way.
  if (now.known && now.is("eStopHealthy") && !now.is("guards")) offer("guards", place("guards_open"), since("guards_open"), ofOldEpoch().length);
  else if (now.known && (!now.is("eStopHealthy") || now.is("safetyReset") || now.is("localStart"))) offer("e_stop", place("e_stop"), since("e_stop"));
  else if (ofOldEpoch().length) offer("e_stop", "", ofOldEpoch()[0].ended_ms, ofOldEpoch().length);
  if (now.is("jam")) offer("jam", place("jam"), since("jam"));
  const astray = alarmsOf("divert_not_confirmed", "divert_differs");
  if (astray.length) offer("divert", kept(astray[0].where), astray[0].since_ms, astray.length);
  if (lost().length && !now.is("jam")) offer("tracking", "", lost()[0].ended_ms, lost().length);
  if (now.known && (!now.is("xrayReady") || now.is("xrayFault") || xrayDown().length)) offer("xray", "", since("xray_not_ready") ?? since("xray_fault"));
  const unsettled = loads().filter((one) => one.current || one.checking || one.codes.some((/** @type {string} */ code) => code !== "seal_not_checked"));
  if (unsettled.length) offer("seal", `${unsettled[0].load} ${unsettled[0].plate}`.trim(), null, unsettled.length);
  const full = fullLanes();
  if (full?.length) offer("lane_full", full.map(laneName).join(" "), since("lane_full"));
  if (nameless().length) offer("no_read", laneName(laneOf("inspect")), nameless()[0].ended_ms, nameless().filter((one) => !one.asked).length);
  return found;
}

/** What reasons mean, in one line. @param {string[]} codes */
export function inWords(codes) {
  return codes.map((code) => reason(code).what).join(" · ");
}

/** The recovery that leads to what a condition wants, if there is one. @param {string} code @returns {Kind|""} */
export function recoveryFor(code) {
  if (["emergency_stop", "safety_reset_needed", "local_start_needed", "e_stop", "safety_reset", "local_start"].includes(code)) return "e_stop";
  if (code === "guards_open") return "guards";
  if (code === "divert_not_confirmed" || code === "divert_differs") return "divert";
  if (code === "tracking_lost" || code === "events_lost") return "tracking";
  if (code.startsWith("seal_")) return "seal";
  if (code === "xray_fault" || code === "xray_not_ready") return "xray";
  return code === "jam" || code === "lane_full" || code === "no_read" ? code : "";
}
