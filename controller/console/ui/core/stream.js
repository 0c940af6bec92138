/**
 * The line as it is now: one live stream a browser, and how old what it says is.
 *
 * Promises: `stream.state` is what the newest snapshot and the values after it say, or null; `stream.link` says what that is worth:
 * `live`, `stale` (nothing heard for 2.5 s), `lost` (5 s), `resync` (heard again, not drawn anew yet), `connecting` (never yet).
 * Events: `snapshot` (detail.missed = the state before an outage, if there was one), `values` (detail.names), `happened` (detail),
 * `link` (each change, and each second while not live). After an outage everything is taken anew; nothing is replayed.
 * One page of a browser holds the connection (Web Lock), the others hear it over a BroadcastChannel; a page that hears nothing for
 * long opens its own.
 */
import { session } from "./session.js";

/** @typedef {{boot_id: string, build: string, line: string, mode: string, seq: number, line_ms: number, values: Record<string, any>, alarms: any[]}} State */
/** @typedef {"connecting"|"live"|"stale"|"lost"|"resync"} Link */

const STALE_MS = 2500;
const LOST_MS = 5000;
const OWN_AFTER_MS = 7000;
const AGAIN_MS = 3000;
const NAMES = /** @type {const} */ (["snapshot", "values", "happened", "heartbeat", "dropped"]);

class Stream extends EventTarget {
  /** @type {State|null} */
  state = null;
  /** @type {Link} */
  link = "connecting";
  /** @type {EventSource|null} */
  #source = null;
  #channel = new BroadcastChannel("xiyong-stream");
  #leads = false;
  #heardMs = performance.now();
  #openedMs = 0;
  #askedMs = 0;
  #wantsSnapshot = true;
  #told = 0;
  #account = "";
  /** @type {State|null} */
  #before = null;
  #lineMs = 0;
  #lineAtMs = 0;
  #rate = 1;
  #frozenMs = 0;

  constructor() {
    super();
    this.#channel.onmessage = (event) => this.#fromAnother(event.data);
    session.addEventListener("session", () => this.#follow());
    addEventListener("visibilitychange", () => this.#judge());
    setInterval(() => this.#judge(), 250);
    if (!navigator.locks) this.#leads = true;
    else void navigator.locks.request("xiyong-stream", () => this.#lead());
  }

  /** How long nothing has been heard. */
  ageMs() {
    return performance.now() - this.#heardMs;
  }

  /** The line's own time now, as far as it can be told; it stands still while the link is not live. */
  lineMs() {
    if (!this.state) return 0;
    if (this.link !== "live") return this.#frozenMs || this.#lineMs;
    return this.#lineMs + Math.min(performance.now() - this.#lineAtMs, STALE_MS) * this.#rate;
  }

  /** This page holds the connection from now on, until it is closed. */
  #lead() {
    this.#leads = true;
    this.#wantsSnapshot = true;
    if (this.#account) this.#open();
    return new Promise(() => {});
  }

  /** Another person, another view: nothing of the one before stays. */
  #follow() {
    if (session.account === this.#account && !(session.locked && session.customs)) return;
    this.#account = session.locked && session.customs ? "" : session.account;
    this.#close();
    this.state = null;
    this.#before = null;
    this.#wantsSnapshot = true;
    this.#heardMs = performance.now();
    this.#set("connecting");
    this.dispatchEvent(new CustomEvent("snapshot", { detail: { missed: null } }));
    if (!this.#account) return;
    if (this.#leads) this.#open();
    else this.#channel.postMessage({ name: "hello", account: this.#account });
  }

  #open() {
    this.#close();
    this.#openedMs = performance.now();
    const source = new EventSource("/api/stream");
    this.#source = source;
    for (const name of NAMES) source.addEventListener(name, (event) => this.#heard(name, event.data));
    source.onerror = () => {
      if (source.readyState === EventSource.CLOSED && this.#source === source) {
        this.#source = null;
        void session.refresh();
      }
    };
  }

  #close() {
    this.#source?.close();
    this.#source = null;
  }

  /** @param {string} name @param {string} text */
  #heard(name, text) {
    const data = JSON.parse(text);
    this.#channel.postMessage({ name, data, account: this.#account });
    this.#take(name, data);
  }

  /** @param {{name: string, data: any, account: string}} message */
  #fromAnother(message) {
    if (!this.#account || message.account !== this.#account) return;
    if (message.name !== "hello") {
      if (!this.#source) this.#take(message.name, message.data);
    } else if (this.#source && this.state) {
      this.#channel.postMessage({ name: "snapshot", data: { ...this.state, line_ms: this.lineMs() }, account: this.#account });
    }
  }

  /** @param {string} name @param {any} data */
  #take(name, data) {
    this.#heardMs = performance.now();
    if (name === "snapshot") this.#renew(data);
    else if (name === "dropped") this.#wantsSnapshot = this.#wantsSnapshot || data.why === "slow";
    else if (this.state) this.#add(name, data);
    this.#judge();
  }

  /** @param {State} snapshot */
  #renew(snapshot) {
    const missed = this.#before;
    this.state = snapshot;
    this.#before = null;
    this.#wantsSnapshot = false;
    this.#lineIs(snapshot.line_ms, false);
    this.#judge();
    this.dispatchEvent(new CustomEvent("snapshot", { detail: { missed } }));
  }

  /** @param {string} name @param {any} data */
  #add(name, data) {
    const state = /** @type {State} */ (this.state);
    // What happened comes before the values of its row: who acts now has not seen those yet.
    if (name !== "happened") state.seq = Math.max(state.seq, data.seq ?? -1);
    if (name === "heartbeat") this.#lineIs(data.line_ms, true);
    if (name === "happened") this.dispatchEvent(new CustomEvent("happened", { detail: data }));
    if (name === "values") {
      Object.assign(state.values, data.values);
      state.line_ms = data.line_ms ?? state.line_ms;
      this.dispatchEvent(new CustomEvent("values", { detail: { names: Object.keys(data.values) } }));
    }
  }

  /** Line time may run at another rate than this machine's (a demo does): measured between heartbeats. @param {number} ms @param {boolean} beat */
  #lineIs(ms, beat) {
    const now = performance.now();
    const passed = now - this.#lineAtMs;
    if (beat && passed > 500 && passed < STALE_MS && ms > this.#lineMs) {
      const rate = (ms - this.#lineMs) / passed;
      this.#rate = Math.min(20, Math.max(0.2, this.#rate * 0.5 + rate * 0.5));
    }
    this.#lineMs = ms;
    this.#lineAtMs = now;
  }

  /** What the newest that was heard is worth now. */
  #judge() {
    if (!this.#account) return;
    const age = this.ageMs();
    if (age > LOST_MS) {
      if (this.link !== "lost") {
        this.#before = this.state && structuredClone(this.state);
        this.#wantsSnapshot = true;
      }
      this.#set("lost");
      this.#tryAgain(age);
    } else if (!this.state) this.#set("connecting");
    else if (age > STALE_MS) this.#set("stale");
    else if (this.#wantsSnapshot) {
      this.#set("resync");
      this.#askAnew();
    } else this.#set("live");
  }

  /** Heard again, but by the connection of before, whose snapshot is long gone: only a new one shows everything. */
  #askAnew() {
    const now = performance.now();
    if (this.#leads || this.#source) {
      if (now - this.#openedMs > AGAIN_MS) this.#open();
    } else if (now - this.#askedMs > 1000) {
      this.#askedMs = now;
      this.#channel.postMessage({ name: "hello", account: this.#account });
    }
  }

  /** @param {number} age */
  #tryAgain(age) {
    const own = this.#leads || age > OWN_AFTER_MS;
    if (own && performance.now() - this.#openedMs > AGAIN_MS) this.#open();
  }

  /** @param {Link} link */
  #set(link) {
    const now = performance.now();
    if (link === this.link && (link === "live" || link === "connecting" || now - this.#told < 1000)) return;
    if (this.link === "live" && link !== "live") this.#frozenMs = this.#lineMs + Math.min(now - this.#lineAtMs, STALE_MS) * this.#rate;
    const changed = link !== this.link;
    this.link = link;
    this.#told = now;
    document.documentElement.dataset.link = link;
    this.dispatchEvent(new CustomEvent("link", { detail: { changed } }));
  }
}

export const stream = new Stream();
