/**
 * Who is signed in here.
 *
 * Promises: `session` fires `session` when account, role, lock or proof changed, in every page of this browser; its token is in
 * memory alone. Rights are the service's: `role` chooses what is drawn, never what is allowed.
 */
import { languageOf, loadWords } from "./words.js";

/** @typedef {{status: number, body: any}} Answer */

const LOOK_EACH_MS = 15_000;

/** @param {string} method @param {string} path @param {unknown} [body] @param {string} [csrf] @param {number} [waitMs] @returns {Promise<Answer>} */
export async function ask(method, path, body, csrf = "", waitMs = 8000) {
  try {
    const answer = await fetch(path, {
      method,
      credentials: "same-origin",
      cache: "no-store",
      headers: { ...(body === undefined ? {} : { "Content-Type": "application/json" }), ...(csrf ? { "X-CSRF-Token": csrf } : {}) },
      body: body === undefined ? undefined : JSON.stringify(body),
      signal: AbortSignal.timeout(waitMs),
    });
    return { status: answer.status, body: await answer.json().catch(() => ({})) };
  } catch {
    return { status: 0, body: { ok: false, code: "no_answer" } };
  }
}

class Session extends EventTarget {
  account = "";
  name = "";
  role = "";
  organisation = "";
  csrf = "";
  locked = false;
  proven = false;
  /** Whether the service was asked at least once. */
  known = false;
  #others = new BroadcastChannel("xiyong-session");

  constructor() {
    super();
    this.#others.onmessage = () => void this.refresh();
    setInterval(() => void (this.account && this.refresh()), LOOK_EACH_MS);
    addEventListener("visibilitychange", () => void (document.visibilityState === "visible" && this.account && this.refresh()));
  }

  get customs() {
    return this.organisation === "customs";
  }

  /** Ask the service who is signed in. A service that does not answer changes nothing. */
  async refresh() {
    const { status, body } = await ask("GET", "/api/session");
    if (status === 200) this.#take(body);
    else if (status === 401 && body.code === "session_locked" && this.account) this.#take({ locked: true, proven: false });
    else if (status === 401) this.#take(null);
  }

  /** @param {{account: string, password: string}|{badge: string, pin: string}} proof @returns {Promise<Answer>} */
  async signIn(proof) {
    const answer = await ask("POST", "/api/session", proof);
    if (answer.status === 200) this.#told(answer.body);
    return answer;
  }

  /** A simulation's made-up person, without a secret. @param {string} account @returns {Promise<Answer>} */
  async signInAs(account) {
    const answer = await ask("POST", "/api/demo/session", { account });
    if (answer.status === 200) this.#told(answer.body);
    return answer;
  }

  /** The same for a proof that an act wants. @returns {Promise<Answer>} */
  async proveMadeUp() {
    const answer = await ask("POST", "/api/demo/proof", undefined, this.csrf);
    if (answer.status === 200) this.#told(answer.body);
    return answer;
  }

  /** Password or PIN again: unlocks, and lets acts through that want it. @param {string} secret @returns {Promise<Answer>} */
  async prove(secret) {
    const answer = await ask("POST", "/api/session/proof", { secret }, this.csrf);
    if (answer.status === 200) this.#told(answer.body);
    return answer;
  }

  async lock() {
    const answer = await ask("POST", "/api/session/lock", undefined, this.csrf);
    if (answer.status === 200) this.#told({ locked: true, proven: false });
    return answer;
  }

  async signOut() {
    const answer = await ask("DELETE", "/api/session", undefined, this.csrf);
    if (answer.status === 200 || answer.status === 401) this.#told(null);
    return answer;
  }

  /** @param {any} body */
  #told(body) {
    this.#take(body);
    this.#others.postMessage("changed");
  }

  /** @param {any} body */
  #take(body) {
    const before = this.#key();
    const account = this.account;
    if (body === null) Object.assign(this, { account: "", name: "", role: "", organisation: "", csrf: "", locked: false, proven: false });
    for (const name of /** @type {const} */ (["account", "name", "role", "organisation", "csrf", "locked", "proven"])) {
      if (body && name in body) /** @type {any} */ (this)[name] = body[name];
    }
    const first = !this.known;
    this.known = true;
    if (this.account !== account) {
      languageOf(this.account);
      if (this.account) void loadWords();
    }
    if (first || before !== this.#key()) this.dispatchEvent(new Event("session"));
  }

  #key() {
    return JSON.stringify([this.account, this.name, this.role, this.locked, this.proven, this.csrf]);
  }
}

export const session = new Session();
