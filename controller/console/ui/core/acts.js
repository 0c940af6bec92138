/**
 * What people ask for: acts, signatures, the stop.
 *
 * Promises: an act leaves at once or not at all: never queued, never repeated by itself, never sent while the link is lost. Its
 * answer says what the service said, or `no_answer`: then nobody knows, and the page says so. A stop leaves at once whatever else
 * is under way, for anybody, also when the link is lost, and needs no request before it (no preflight, no session, no token).
 * At most three acts of a whole browser are under way, so that a stop finds a free connection (a browser opens six to a port).
 */
import { ACTS, newId } from "./place.js";
import { session } from "./session.js";
import { stream } from "./stream.js";
import { t } from "./words.js";

/** @typedef {import("./session.js").Answer} Answer */

const ANSWER_MS = 4000;
const SLOTS = ["xiyong-act-1", "xiyong-act-2", "xiyong-act-3"];

/** An answer of this page itself, in the shape of the service's. @param {string} code @returns {Answer} */
function own(code) {
  const both = { cause: t(code), next_step: t(`${code}.next`) };
  return { status: 0, body: { ok: false, code, ...both, zh: both } };
}

/**
 * Ask for an act. 200 done, 202 waits for a second person (`body.proposal`), 401, 403, 409, 423 (`body.unmet`), 0 = of this page.
 * @param {string} name @param {Record<string, unknown>} [values] @param {{reason?: string, seen?: number}} [more] @returns {Promise<Answer>}
 */
export async function act(name, values = {}, more = {}) {
  const body = { id: newId(), seen: more.seen ?? stream.state?.seq ?? -1, ...values };
  return send(`/api/acts/${name}`, more.reason ? { ...body, reason: more.reason } : body);
}

/** Sign as the second person. @param {string} proposal @returns {Promise<Answer>} */
export async function sign(proposal) {
  return send("/api/signatures", { proposal });
}

/**
 * A second person's own act at this screen, with badge and PIN beside this session. @param {Record<string, string>} values
 * @returns {Promise<Answer>}
 */
export async function cosign(values) {
  return send("/api/cosign", { id: newId(), ...values });
}

/** What waits for a second person of the own role. @returns {Promise<Answer>} */
export async function waiting() {
  return send("/api/signatures", undefined);
}

/** @param {string} path @param {unknown} body @returns {Promise<Answer>} */
async function send(path, body) {
  if (stream.link === "lost" || !stream.state) return own("link_lost");
  for (const slot of navigator.locks ? SLOTS : [""]) {
    const answer = slot ? await navigator.locks.request(slot, { ifAvailable: true }, (lock) => lock && post(path, body)) : await post(path, body);
    if (answer) return answer;
  }
  return own("busy_here");
}

/** @param {string} path @param {unknown} body @returns {Promise<Answer>} */
async function post(path, body) {
  try {
    const answer = await fetch(ACTS + path, {
      method: body === undefined ? "GET" : "POST",
      credentials: "include",
      cache: "no-store",
      headers: body === undefined ? {} : { "Content-Type": "application/json", "X-CSRF-Token": session.csrf },
      body: body === undefined ? undefined : JSON.stringify(body),
      signal: AbortSignal.timeout(ANSWER_MS),
    });
    const said = await answer.json().catch(() => ({}));
    if (answer.status === 401 || said.code === "csrf_missing" || said.code === "proof_wanted") void session.refresh();
    return { status: answer.status, body: said };
  } catch {
    return own("no_answer");
  }
}

/**
 * Stop the belt: a normal stop, no emergency stop. Always allowed. @param {string} [reason] @returns {Promise<Answer>}
 * A plain text body: the browser asks nothing beforehand. `keepalive`: it leaves even if the page is left at this moment.
 */
export async function stop(reason = "") {
  const aborter = new AbortController();
  const late = setTimeout(() => aborter.abort(), ANSWER_MS);
  const asked = fetch(`${ACTS}/api/stop`, {
    method: "POST",
    credentials: "include",
    keepalive: true,
    priority: "high",
    body: JSON.stringify({ id: newId(), reason }),
    signal: aborter.signal,
  });
  try {
    const answer = await asked;
    return { status: answer.status, body: await answer.json().catch(() => ({})) };
  } catch {
    return own("stop_unconfirmed");
  } finally {
    clearTimeout(late);
  }
}
