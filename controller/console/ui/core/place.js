/**
 * What a page knows before its first request: where acts go, which line and mode this is, and what is kept on this screen.
 *
 * Promises: `ACTS` is there at once, so that a stop needs no earlier request. `remember` never throws, also where a browser keeps
 * nothing.
 */

/** @param {string} name */
function told(name) {
  return document.querySelector(`meta[name="xiyong-${name}"]`)?.getAttribute("content") ?? "";
}

/** Origin of the second port: acts, signatures, the stop. */
export const ACTS = told("acts");
/** Build of these pages; the snapshot names the build of the service. */
export const BUILD = told("build");
export const LINE = told("line");
export const MODE = told("mode");

/** @param {string} name @returns {string} */
export function recall(name) {
  try {
    return localStorage.getItem(`xiyong-${name}`) ?? "";
  } catch {
    return "";
  }
}

/** @param {string} name @param {string} value empty = forget */
export function remember(name, value) {
  try {
    if (value) localStorage.setItem(`xiyong-${name}`, value);
    else localStorage.removeItem(`xiyong-${name}`);
  } catch {
    // a browser that keeps nothing still works
  }
}

/** Which screen this is, as the daemon knows it: `?screen=operator-1`, kept on this machine. */
export function screenName() {
  const named = new URLSearchParams(location.search).get("screen");
  if (named) remember("screen", named);
  return named || recall("screen") || document.documentElement.dataset.page || "page";
}

/** The track of the carton for which a page of another line sent a person here (`?carton=1:2`), or nothing. */
export function wantedCarton() {
  const track = new URLSearchParams(location.search).get("carton") ?? "";
  return /^\d{1,10}:\d{1,5}$/.test(track) ? track : "";
}

/** It was taken or is gone: a page that is loaded again shall not ask for it again. */
export function forgetWantedCarton() {
  const here = new URL(location.href);
  here.searchParams.delete("carton");
  history.replaceState(null, "", here);
}

/** An id for one press. `crypto.randomUUID` would want a secure context. */
export function newId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** @param {"day"|"night"} light */
export function setLight(light) {
  document.documentElement.dataset.light = light;
  remember("light", light);
  dispatchEvent(new Event("xiyong-light"));
}

/** @returns {"day"|"night"} */
export function light() {
  return document.documentElement.dataset.light === "night" ? "night" : "day";
}
