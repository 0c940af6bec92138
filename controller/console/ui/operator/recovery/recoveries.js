/**
 * The recoveries, one a kind of trouble, as data for the engine.
 *
 * Promises: each begins with making safe, ends with a check of the line itself, and offers no start while an emergency stop stands;
 * those for an emergency stop and for an open guard offer none at all.
 */
import { h } from "../../core/view.js";
import { t } from "../../core/words.js";
import "../manual-code.js";
import { alarmsOf, fullLanes, laneName, lost, nameless, ofOldEpoch, plc } from "./facts.js";
import { flag, resume, seenBy, stands, takeOut } from "./parts.js";
import { seal } from "./seal.js";

/** @typedef {import("./engine.js").Recovers} Recovers */

const zoneOf = (/** @type {string} */ code, /** @type {string} */ other) => alarmsOf(code)[0]?.where?.station || other;

/** @type {Recovers} */
const jam = {
  kind: "jam", codes: ["jam"],
  applies: () => plc().is("jam"),
  steps: [
    { ...stands, place: () => zoneOf("jam", "belt") },
    { ...takeOut("take_out", lost, "reason.jam"), place: () => zoneOf("jam", "belt") },
    { key: "eyes_clear", place: () => zoneOf("jam", "belt"), check: () => flag(!plc().is("jam"), "check.jam.clear", "check.jam.stands") },
    resume,
  ],
};

/** @type {Recovers} */
const divert = {
  kind: "divert", codes: ["divert_not_confirmed", "divert_differs"],
  applies: () => alarmsOf("divert_not_confirmed", "divert_differs").length > 0,
  steps: [{ ...stands, place: "divert" }, takeOut("find_carton", lost, "reason.divert", "divert"), seenBy("diverter_free", "divert"), resume],
};

/** @type {Recovers} */
const tracking = {
  kind: "tracking", codes: ["tracking_lost", "events_lost"],
  applies: () => lost().length > 0,
  steps: [stands, takeOut("find_lost", lost, "reason.tracking"), seenBy("no_strangers", "belt"), resume],
};

/** @type {Recovers} */
const xray = {
  kind: "xray", codes: ["xray_fault", "xray_not_ready"],
  applies: () => plc().known && (!plc().is("xrayReady") || plc().is("xrayFault")),
  steps: [
    { key: "xray_fault", place: "xray", check: () => flag(!plc().is("xrayFault"), "check.xray.no_fault", "check.xray.fault") },
    {
      key: "xray_ready", place: "xray", check: () => flag(plc().is("xrayReady"), "check.xray.ready", "check.xray.not_ready"),
      body: (w) => [h("p", { class: "hint" }, t("xray.meanwhile")), h("button", { type: "button", disabled: !w.acting || plc().stands, onclick: () => void w.ask("line-hold", {}, { shows: () => plc().stands }) }, t("xray.hold"))],
    },
    resume,
  ],
};

/** @type {Recovers} */
const laneFull = {
  kind: "lane_full", codes: ["lane_full"],
  applies: () => (fullLanes()?.length ?? 0) > 0,
  steps: [
    {
      key: "empty_lane", place: "lanes",
      check: () => {
        const full = fullLanes();
        if (full === null || !plc().known) return { met: null, says: t("check.unknown") };
        return { met: !full.length, says: full.length ? t("check.lane.full", { lanes: full.map(laneName).join(" · ") }) : t("check.lane.clear") };
      },
    },
    resume,
  ],
};

/** @type {Recovers} */
const noRead = {
  kind: "no_read", codes: ["no_read"],
  applies: () => nameless().length > 0,
  steps: [
    {
      key: "enter_code", place: "lanes",
      check: () => {
        const n = nameless().filter((one) => !one.asked).length;
        return { met: n === 0, says: n ? t("check.unread", { n }) : t("check.unread.none") };
      },
      body: (w) => h("manual-code", { inside: true, ".recovery": w }),
    },
    {
      key: "back_on_induct", place: "induct",
      check: () => {
        const n = nameless().filter((one) => one.asked).length;
        return { met: n === 0, says: n ? t("check.on_the_way", { n }) : t("check.on_the_way.none") };
      },
    },
  ],
};

/** Names the buttons at the machine, offers no start; after it everything is identified anew. @type {Recovers} */
const eStop = {
  kind: "e_stop", codes: ["e_stop", "safety_reset", "local_start"],
  applies: () => (plc().known && (!plc().is("eStopHealthy") || plc().is("safetyReset") || plc().is("localStart"))) || ofOldEpoch().length > 0,
  steps: [
    { key: "e_stop_release", place: "panel", check: () => flag(plc().is("eStopHealthy"), "check.e_stop.healthy", "check.e_stop.pressed") },
    { key: "e_stop_reset", place: "panel", check: () => flag(!plc().is("safetyReset"), "check.reset.done", "check.reset.needed") },
    { key: "e_stop_start", place: "panel", check: () => flag(!plc().is("localStart"), "check.local.done", "check.local.needed") },
    {
      key: "identify_all", place: "belt",
      check: () => ({ met: ofOldEpoch().length === 0, says: ofOldEpoch().length ? t("check.old_epoch", { n: ofOldEpoch().length }) : t("check.old_epoch.none") }),
      body: (w) => [
        h("p", { class: "hint" }, t("e_stop.identify")),
        h("manual-code", { inside: true, "old-epoch": true, ".recovery": w }),
      ],
    },
  ],
};

/** A door was open: who was inside, then the same buttons at the machine; nobody knows what lies where, so everything is identified anew. @type {Recovers} */
const guards = {
  kind: "guards", codes: ["guards_open"],
  applies: () => plc().known && !plc().is("guards"),
  steps: [
    seenBy("guard_empty", "belt"),
    { key: "guard_close", place: "belt", check: () => flag(plc().is("guards"), "check.guards.closed", "check.guards.open") },
    ...eStop.steps.slice(1),
  ],
};

/** @type {Record<import("./facts.js").Kind, Recovers>} */
export const RECOVERIES = { e_stop: eStop, guards, jam, divert, tracking, xray, seal, lane_full: laneFull, no_read: noRead };
