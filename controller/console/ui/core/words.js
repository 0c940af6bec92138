/**
 * Two languages: words of the pages by key, words of the service by code, texts that come in both.
 *
 * Promises: `t` of an unknown key shows `⟦key⟧` and says so to the console (a test fails on either); changing the language fires
 * `language` on `words`, and every View draws again. Language is kept on this screen and, beside it, for each person.
 */
import base from "../words/base.js";
import { recall, remember } from "./place.js";

/** @typedef {{what: string, next: string}} Reason */

export const words = new EventTarget();
/** @type {Record<string, [string, string]>} */
const table = { ...base };
/** @type {Record<string, [string, string, string, string]>} */
let codes = {};
let now = document.documentElement.lang === "en" ? "en" : "zh";
let person = "";

/** Add the words of an area; each page imports its areas at start. */
export function speak(/** @type {Record<string, [string, string]>} */ more) {
  Object.assign(table, more);
}

/** @returns {"zh"|"en"} */
export function language() {
  return now === "en" ? "en" : "zh";
}

/** @param {"zh"|"en"} language */
export function setLanguage(language) {
  now = language;
  remember("language", language);
  if (person) remember(`language:${person}`, language);
  document.documentElement.lang = language === "en" ? "en" : "zh-CN";
  words.dispatchEvent(new Event("language"));
}

/** The language that this person chose on this screen before. @param {string} account */
export function languageOf(account) {
  person = account;
  const kept = account ? recall(`language:${account}`) : "";
  if ((kept === "zh" || kept === "en") && kept !== now) setLanguage(kept);
}

/** Whether a page has words for this key. @param {string} key */
export function knows(key) {
  return key in table;
}

/** @param {string} key @param {Record<string, string|number>} [params] */
export function t(key, params = {}) {
  const both = table[key];
  if (!both) {
    console.error(`no words for ${key}`);
    return `⟦${key}⟧`;
  }
  return both[now === "en" ? 1 : 0].replace(/\{(\w+)\}/g, (whole, name) => String(params[name] ?? whole));
}

/** A text that the service sends in both languages. @param {{zh?: string, en?: string}|undefined} both */
export function kept(both) {
  return (now === "en" ? both?.en || both?.zh : both?.zh || both?.en) ?? "";
}

/** What a code of the catalogue, a refusal or a condition means. @param {string} code @returns {Reason} */
export function reason(code) {
  const row = codes[code];
  if (!row) return { what: code, next: "" };
  return now === "en" ? { what: row[1], next: row[3] } : { what: row[0], next: row[2] };
}

/** What the service said in an answer with code, cause and next step, and of what has changed meanwhile what it was; never a bare code. @param {any} body @returns {Reason} */
export function said(body) {
  const told = answered(body);
  const changed = kept(body?.changed);
  return changed ? { ...told, what: `${told.what}: ${changed}` } : told;
}

/** @param {any} body @returns {Reason} */
function answered(body) {
  if (!body || typeof body !== "object") return { what: t("no_answer"), next: t("no_answer.next") };
  // `no_answer` without words is this page's own; the catalogue has a device's of that name, which is asked again by itself.
  if (!body.cause && !body.zh?.cause && (body.code === "no_answer" || !(body.code in codes))) return bare(body.code ?? "");
  if (now === "en") return { what: body.cause ?? reason(body.code ?? "").what, next: body.next_step ?? reason(body.code ?? "").next };
  const known = body.code in codes ? reason(body.code) : { what: "", next: "" };
  return { what: body.zh?.cause ?? (known.what || body.cause), next: body.zh?.next_step ?? (known.next || body.next_step || "") };
}

/** An answer that brought no words, or none at all. @param {string} code @returns {Reason} */
function bare(code) {
  if (code === "no_answer") return { what: t("no_answer.sign_in"), next: t("no_answer.sign_in.next") };
  return { what: code ? t("no_words", { code }) : t("no_answer"), next: t("no_answer.next") };
}

/** Take the words of the service for the view of this session. Called by the session; a failure keeps the old ones. */
export async function loadWords() {
  try {
    const answer = await fetch("/api/words", { credentials: "same-origin" });
    if (!answer.ok) return;
    codes = (await answer.json()).words;
    words.dispatchEvent(new Event("language"));
  } catch {
    // the link says that it is lost; words come with the next session
  }
}

/** Sentences one after the other, without those that are empty. @param {...string} parts */
export function sentences(...parts) {
  const found = parts.filter(Boolean).map((one) => one.replace(/[。.]$/, ""));
  return now === "en" ? found.map((one) => one[0].toUpperCase() + one.slice(1)).join(". ") : found.join("。");
}

/** What tells cartons apart at a glance, as the service says it: the last four digits (postal numbers end with letters). @param {string} code */
export function last4(code) {
  const digits = code.replace(/\D/g, "");
  return (digits.length >= 4 ? digits : code).slice(-4);
}

/** Seconds, minutes or hours in words. @param {number} ms */
export function lasted(ms) {
  const s = Math.max(0, Math.round(ms / 1000));
  if (s < 60) return t("time.s", { n: s });
  if (s < 3600) return t("time.min_s", { m: Math.floor(s / 60), s: String(s % 60).padStart(2, "0") });
  return t("time.h_min", { h: Math.floor(s / 3600), m: String(Math.floor(s / 60) % 60).padStart(2, "0") });
}
