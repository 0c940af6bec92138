/**
 * The belt in one word, from what the PLC says of itself.
 *
 * Promises: `belt()` never guesses: `unknown` when nothing was received or the PLC is not followed; `stands` only when the PLC says that
 * it does not run. An emergency stop goes before everything.
 */
import { stream } from "./stream.js";

const FLAG = { E_STOP_HEALTHY: 1, SAFETY_RESET_NEEDED: 2, FAIL_SAFE: 8, PURGE: 16, RUNNING: 32, GUARDS: 64, JAM: 256, LOCAL_MODE: 1024, LOCAL_START: 32768 };
const STATE = { 2: "stopped", 3: "starting", 4: "idle", 6: "execute", 9: "aborted", 11: "held" };

/** @typedef {"unknown"|"estop"|"safety_reset"|"jam"|"purge"|"running"|"starting"|"held"|"aborted"|"fail_safe"|"idle"|"stopped"} Word */

/** @returns {{word: Word, stands: boolean, flags: number, state: string, local: boolean, localStart: boolean, safetyReset: boolean, guardsOpen: boolean}} */
export function belt() {
  const plc = stream.state?.values.line?.plc;
  const flags = plc?.flags ?? 0;
  const state = /** @type {Record<number, string>} */ (STATE)[plc?.state] ?? "";
  const known = Boolean(plc?.synced) && plc.flags !== null;
  const has = (/** @type {number} */ bit) => (flags & bit) !== 0;
  const more = { flags, state, local: has(FLAG.LOCAL_MODE), localStart: has(FLAG.LOCAL_START), safetyReset: has(FLAG.SAFETY_RESET_NEEDED), guardsOpen: known && !has(FLAG.GUARDS) };
  return { word: known ? wordOf(has, state) : "unknown", stands: known && !has(FLAG.RUNNING), ...more };
}

/** @param {(bit: number) => boolean} has @param {string} state @returns {Word} */
function wordOf(has, state) {
  if (!has(FLAG.E_STOP_HEALTHY)) return "estop";
  if (has(FLAG.SAFETY_RESET_NEEDED)) return "safety_reset";
  if (has(FLAG.JAM)) return "jam";
  if (has(FLAG.RUNNING)) return has(FLAG.PURGE) ? "purge" : "running";
  if (has(FLAG.FAIL_SAFE)) return "fail_safe";
  if (state === "starting" || state === "held" || state === "aborted" || state === "idle") return state;
  return "stopped";
}
