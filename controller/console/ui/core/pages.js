/**
 * Which pages a person of a role works at.
 *
 * Promises: the first is where signing in leads to; every page of PAGES is reached from the person's own sheet, on every page. A page that
 * has no controls (the wall board) opens beside this one, and not on a named kiosk, from which nothing would lead back. It chooses what
 * is offered, never what is allowed.
 */
import { recall } from "./place.js";

/** role -> keys of the addresses, the own workplace first. @type {Record<string, string[]>} */
const OF = {
  operator: ["operator", "story", "wall"],
  shift_lead: ["operator", "lead", "integrator", "story", "wall"],
  integrator: ["integrator", "operator", "lead", "story", "wall"],
  officer: ["officer", "bench", "lead", "story", "operator", "wall"],
  section_chief: ["lead", "officer", "bench", "story", "operator", "integrator", "wall"],
  customs_auditor: ["story", "lead", "bench", "officer", "operator", "integrator", "wall"],
};
/** Without any control of its own. */
const BESIDE = new Set(["wall"]);

/** Every page that one may be led back to after signing in. */
export const PAGES = [...new Set(Object.values(OF).flat())];

/** Where a person of this role works. @param {string} role */
export const homeOf = (role) => `/${OF[role]?.[0] ?? "operator"}`;

/** @param {string} role @returns {{key: string, beside: boolean}[]} */
export function pagesOf(role) {
  const kiosk = recall("screen") !== "";
  return (OF[role] ?? []).filter((key) => !(kiosk && BESIDE.has(key))).map((key) => ({ key, beside: BESIDE.has(key) }));
}
