/**
 * This page's hold on one carton: while it is renewed nobody else may judge it, and it is free again by itself 5 s after the last.
 *
 * One rule: `held` is what the service said last, never what the page hopes; a page that nobody can see does not renew.
 */
import { ask, session } from "../core/session.js";

export const RENEW_MS = 2000;

export class Claim extends EventTarget {
  constructor() {
    super();
    this.track = "";
    this.held = false;
    this.code = "";
    setInterval(() => void this._renew(), RENEW_MS);
    addEventListener("visibilitychange", () => void this._renew());
    addEventListener("pagehide", () => this.release());
  }

  /** @param {string} track */
  take(track) {
    if (track === this.track) return;
    this.release();
    this.track = track;
    void this._renew();
  }

  release() {
    const before = this.track;
    this.track = "";
    this.held = false;
    this.code = "";
    if (!before || !session.csrf) return;
    const headers = { "X-CSRF-Token": session.csrf };
    void fetch(where(before), { method: "DELETE", headers, credentials: "same-origin", keepalive: true }).catch(() => undefined);
  }

  async _renew() {
    const track = this.track;
    if (!track || document.visibilityState === "hidden") return;
    const { status, body } = await ask("POST", where(track), undefined, session.csrf);
    if (track !== this.track) return;
    const before = `${this.held} ${this.code}`;
    this.held = status === 200;
    this.code = status === 200 ? "" : (body.code ?? "no_answer");
    if (before !== `${this.held} ${this.code}`) this.dispatchEvent(new Event("claim"));
  }
}

/** @param {string} track */
function where(track) {
  return `/api/pictures/${encodeURIComponent(track)}/claim`;
}
