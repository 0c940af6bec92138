/**
 * The officer's work: whose turn it is, what is on the glass, and what may be decided about it now.
 *
 * One rule: `against()` names every reason why no decision is possible now, and while it names one no key and no button decides: not
 * before this very picture was drawn and proven, not in a preview, not while somebody else has it, not while the link is lost. The
 * service judges all of it again. Nothing is optimistic: a decision is one when the service has said so.
 */
import { act } from "../core/acts.js";
import { forgetWantedCarton, wantedCarton } from "../core/place.js";
import { session } from "../core/session.js";
import { stream } from "../core/stream.js";
import { t } from "../core/words.js";
import { AHEAD, CaseStore } from "./case-store.js";
import { Claim } from "./claim.js";
import { findings } from "./findings.js";
import { Ledger } from "./ledger.js";
import { placeOf } from "./place-on-belt.js";
import { open, other, pool, turn, waiting } from "./pool.js";
import { prove } from "./proof.js";

const DECIDES = ["officer", "section_chief"];
/** A carton that was refused to this page is not asked for again at once. */
const PASS_OVER_MS = 3000;
/** What the pool tells is so much older than what the belt does. */
const LAST_CALL_SLACK_MS = 500;
const TOOLS_LONGEST = 400;
/** So long what became of an act is said beside what may be done now; the ledger keeps it longer. */
const NOTICE_MS = 8000;

/** @typedef {{kind: "refused"|"late"|"told", key: string, params?: Record<string, string>, body?: any}} Notice */

export class Work extends EventTarget {
  /** @param {import("./viewer.js").XrayViewer} viewer @param {import("./keys.js").DecisionKeys} keys */
  constructor(viewer, keys) {
    super();
    this.viewer = viewer;
    this.keys = keys;
    this.cases = new CaseStore();
    this.claim = new Claim();
    this.ledger = new Ledger();
    this.mine = "";
    this.shown = "";
    this.busy = "";
    /** @type {string} a verdict that waits for its reason */
    this.asking = "";
    /** @type {Notice|null} */
    this.notice = null;
    /** @type {Map<string, {state: "asked"|"proven"|"refused", code: string}>} by image */
    this.proofs = new Map();
    /** @type {Map<string, number>} */
    this._passedOver = new Map();
    /** The carton for which a page of another line sent the officer here, until the pool has said what became of it. */
    this._wanted = wantedCarton();
    this._sentFor = "";
    this._onGlass = "";
    this._last4 = "";
    /** @type {import("./pool.js").Waiting|null} one's own carton as the pool told of it last */
    this._last = null;
    /** A carton whose verdict was taken back, until the stream has told so too. */
    this._reopened = "";
    this._seen = { track: "", ms: 0, since: -1, inside: 0, tools: "" };
    this._firstPixelMs = 0;
    viewer.addEventListener("drawn", (event) => this._drawn(/** @type {CustomEvent} */ (event).detail));
    viewer.addEventListener("lost", () => this._told());
    viewer.addEventListener("restored", () => this._told());
    this.cases.addEventListener("case", () => this.follow());
    this.claim.addEventListener("claim", () => this._claimed());
    for (const name of ["snapshot", "values", "link"]) stream.addEventListener(name, () => this.follow());
    stream.addEventListener("happened", (event) => this.ledger.heard(/** @type {CustomEvent} */ (event).detail) && this._told());
    session.addEventListener("session", () => this._person());
    setInterval(() => this.follow(), 500);
  }

  get decides() {
    return DECIDES.includes(session.role);
  }

  /** The pool as it is now: leave what is over, take what is next, fetch ahead. */
  follow() {
    if (!session.account || session.locked) return;
    this.ledger.told(pool(), session.account);
    const own = this.mine ? waiting(this.mine) : undefined;
    if (own && !own.verdict) this._reopened = "";
    const judged = own?.verdict && this._reopened !== this.mine;
    if (own) this._last = own;
    if (this.mine && stream.state && !this.busy && (!own || judged)) this._gone(own ? "judged" : "over");
    if (!this.mine && !this.busy) this._next();
    if (this.shown && this.shown !== this.mine && !waiting(this.shown)) this.look(this.mine);
    const order = [waiting(this.shown), waiting(this.mine), ...open().filter((one) => one.track !== this.mine)];
    this.cases.want(/** @type {import("./pool.js").Waiting[]} */ (order.filter(Boolean)).slice(0, AHEAD + 2), [this.shown, this.mine]);
    this._glass();
    void this._prove();
    this._told();
  }

  /** Everything that stands against a decision now, the first to be said. @param {string} [verdict] @returns {string[]} */
  against(verdict = "") {
    const one = this.cases.get(this.mine);
    const found = [];
    if (!session.account) found.push("signed_out");
    else if (session.locked) found.push("locked");
    if (stream.link === "lost" || !stream.state) found.push("link_lost");
    if (!this.decides) found.push("role_not_allowed");
    if (!this.mine) found.push("nothing_waits");
    else if (this.shown !== this.mine) found.push("preview");
    else if (one?.state === "failed") found.push("picture_failed");
    else if (this.viewer.lost) found.push("graphics_lost");
    else if (!one?.picture || !this.viewer.ready) found.push("loading");
    else if (this.proofs.get(one.low)?.state === "refused") found.push("picture_not_drawn");
    else if (this.proofs.get(one.low)?.state !== "proven") found.push("proving");
    if (this.mine && !this.claim.held) found.push(this.claim.code === "claimed_by_other" ? "claimed_by_other" : "claiming");
    if (this.busy) found.push("busy");
    if (verdict === "clear" && one?.told && !one.told.declaration) found.push("no_declaration");
    return found;
  }

  /** Ask for a verdict; where one wants a reason, ask for that first. @param {string} verdict @param {string} [reason] */
  async decide(verdict, reason = "") {
    if (this.against(verdict).length) return this._told();
    const one = /** @type {import("./case-store.js").Case} */ (this.cases.get(this.mine));
    if (!reason && (verdict !== "clear" || findings(one.told).length)) {
      this.asking = verdict;
      this.notice = null;
      return this._told();
    }
    const item = /** @type {import("./pool.js").Waiting} */ (waiting(this.mine));
    this.asking = "";
    this._begin("verdict");
    const values = { track: one.track, image: one.low, verdict, ...this._record() };
    const answer = await act("verdict", values, { reason: reason || t("officer.as_declared_kept") });
    this.busy = "";
    const late = answer.body.late === true;
    if (answer.status === 200) {
      this.ledger.decided({ track: one.track, image: one.low, last4: item.last4, verdict, late });
      if (late) this.tell({ kind: "late", key: "officer.came_late", params: { last4: item.last4 } });
      this._leave();
    } else {
      this.tell({ kind: late ? "late" : "refused", key: "officer.refused", body: answer.body });
      if (late) this.ledger.decided({ track: one.track, image: one.low, last4: item.last4, verdict: "", late: true });
      if (unmet(answer.body).includes("picture_not_drawn")) this.proofs.delete(one.low);
      if (unmet(answer.body).includes("claimed_by_other") || late) this._leave();
    }
    this.keys.deaden();
    this.follow();
  }

  /** Take back the newest own verdict; possible until the belt has committed, and said to be late afterwards. */
  async undo() {
    const last = this.ledger.newest();
    if (!last || this.busy || !this.decides) return;
    this.asking = "";
    this._begin("undo");
    const answer = await act("verdict-undo", { track: last.track, image: last.image }, { reason: t("officer.undo_kept") });
    this.busy = "";
    if (answer.status === 200) {
      const late = answer.body.late === true;
      this.ledger.undone(last, late);
      this.tell({ kind: late ? "late" : "told", key: late ? "officer.undo_late" : "officer.undone", params: { last4: last.last4 } });
      this._reopened = last.track;
      if (!late) this._take(last.track);
    } else {
      this.tell({ kind: answer.body.late === true ? "late" : "refused", key: "officer.undo_refused", body: answer.body });
    }
    this.keys.deaden();
    this.follow();
  }

  /** Stop the belt's way on: more time for this carton. */
  async holdLine() {
    if (this.busy) return;
    this._begin("hold");
    const answer = await act("line-hold");
    this.busy = "";
    this.tell(answer.status === 200 ? { kind: "told", key: "officer.line_held" } : { kind: "refused", key: "officer.refused", body: answer.body });
  }

  /** Give up a question that was asked. */
  cancel() {
    this.asking = "";
    this.notice = null;
    this._told();
  }

  /** Look at another picture of the queue; nothing can be decided about it. @param {number} step */
  preview(step) {
    const all = pool();
    const at = all.findIndex((one) => one.track === this.shown);
    const next = all[Math.min(Math.max((at < 0 ? 0 : at) + step, 0), all.length - 1)];
    if (next) this.look(next.track);
  }

  /** @param {string} track */
  look(track) {
    if (this.shown === track) return;
    this.shown = track;
    this.asking = "";
    this.follow();
  }

  // --- steps ---

  /** @param {string} what */
  _begin(what) {
    this.busy = what;
    this.notice = null;
    this._told();
  }

  /** The carton is no longer this page's: judged by somebody, past its last call, or out of the pool for another cause. @param {"judged"|"over"} why */
  _gone(why) {
    const last4 = this._last4;
    const own = waiting(this.mine)?.verdict_by === session.account;
    if (why === "judged") this.tell({ kind: "told", key: own ? "officer.gone_own" : "officer.gone_judged", params: { last4 } });
    else if (!this._pastLastCall() && !this.ledger.has(this.mine)) this.tell({ kind: "told", key: "officer.gone_away", params: { last4 } });
    else if (!this.ledger.has(this.mine)) {
      this.tell({ kind: "late", key: "officer.gone_over", params: { last4 } });
      this.ledger.decided({ track: this.mine, image: this.cases.get(this.mine)?.low ?? this.mine, last4, verdict: "", late: true });
    }
    this._leave();
  }

  /** Whether the belt had to decide on one's own carton by now, by where it was when the pool told of it last. */
  _pastLastCall() {
    const one = this._last;
    if (!one || !stream.state) return false;
    const { running, leftMs } = placeOf(one);
    const left = Math.min(leftMs, one.last_call_ms - stream.state.line_ms);
    return running !== false && left <= LAST_CALL_SLACK_MS; // a belt that stands takes nothing past anything
  }

  /** Say what became of an act, for a while. @param {Notice|null} notice */
  tell(notice) {
    this.notice = notice;
    if (notice) setTimeout(() => this.notice === notice && this.tell(null), NOTICE_MS);
    this._told();
  }

  _leave() {
    this.claim.release();
    if (this.shown === this.mine) this.shown = "";
    this.mine = "";
    this.asking = "";
    this._next();
  }

  _next() {
    const now = performance.now();
    for (const [track, until] of this._passedOver) if (until < now) this._passedOver.delete(track);
    const next = stream.link === "lost" ? undefined : this._sent() ?? turn(new Set([...this._passedOver.keys(), ...this.ledger.standing()]));
    if (next) this._take(next.track);
  }

  /** The carton that this page was sent for, once; it is claimed like any other. */
  _sent() {
    if (!this._wanted || !stream.state?.values.pictures) return undefined;
    const one = open().find((item) => item.track === this._wanted);
    const free = one && !other(one);
    this._sentFor = this._wanted;
    this._wanted = "";
    forgetWantedCarton();
    if (!free) this.tell({ kind: "told", key: one ? "officer.sent_for_taken" : "officer.sent_for_gone" });
    return free ? one : undefined;
  }

  /** @param {string} track */
  _take(track) {
    const previewing = this.shown && this.shown !== this.mine;
    this.mine = track;
    this.asking = "";
    this._last = waiting(track) ?? null;
    this._last4 = this._last?.last4 ?? "";
    if (!previewing) this.shown = track;
    else if (this.shown === track) this._adopt();
    this.cases.again(track);
    if (this.decides) this.claim.take(track);
    this._glass();
  }

  /** What was a preview is one's own now, without a new picture on the glass: looked at from here on. */
  _adopt() {
    this.keys.deaden();
    this.viewer.hands?.takeInsideMs();
    this._seen = { track: this.mine, ms: 0, since: this.viewer.ready ? performance.now() : -1, inside: 0, tools: "" };
  }

  _claimed() {
    if (this.claim.code === "claimed_by_other" && this.mine) {
      this._passedOver.set(this.mine, performance.now() + PASS_OVER_MS);
      if (this.mine === this._sentFor) this.tell({ kind: "told", key: "officer.sent_for_taken" });
      this._leave();
    }
    this.follow();
  }

  /** Put on the glass what should be there; keys are dead while it changes under the finger. */
  _glass() {
    const one = this.cases.get(this.shown);
    const wanted = one?.picture ? `${one.track} ${one.low}` : this.shown ? `${this.shown} ` : "";
    if (wanted === this._onGlass) return;
    this._putAway();
    this._onGlass = wanted;
    this.keys.deaden();
    this.viewer.show(one?.picture ?? null);
    this.dispatchEvent(new Event("glass"));
  }

  /** @param {{hash: string, first_pixel_ms: number}} detail */
  _drawn({ hash, first_pixel_ms: firstPixelMs }) {
    if (this.cases.get(this.shown)?.low !== hash) return;
    this._firstPixelMs = firstPixelMs;
    if (this.shown === this.mine) this._seen.since = performance.now();
    this.viewer.hands?.takeInsideMs();
    this._told();
    void this._prove();
  }

  /** Ask for the proof of one's own picture as soon as it stands on the glass, whether it was drawn for this or for a preview. */
  async _prove() {
    const one = this.cases.get(this.mine);
    if (!one?.picture || this.shown !== this.mine || !this.decides || this.proofs.has(one.low)) return;
    if (!this.viewer.ready || this.viewer.picture?.hash !== one.low) return;
    const hash = one.low;
    this.proofs.set(hash, { state: "asked", code: "" });
    const read = (/** @type {number[][]} */ points) => (this.viewer.picture?.hash === hash ? this.viewer.proof(points) : null);
    const { proven, code } = await prove({ track: one.track, low: hash, exact: Boolean(this.viewer.screen?.exact), firstPixelMs: this._firstPixelMs, read });
    if (proven) this.proofs.set(hash, { state: "proven", code: "" });
    else this._notProven(hash, code);
    while (this.proofs.size > 64) this.proofs.delete(/** @type {string} */ (this.proofs.keys().next().value));
    this._told();
  }

  /** Asked again with the next frame that is drawn: after the graphics came back, or in a second. @param {string} hash @param {string} code */
  _notProven(hash, code) {
    this.proofs.set(hash, { state: "refused", code });
    setTimeout(() => {
      if (this.proofs.get(hash)?.state !== "refused") return;
      this.proofs.delete(hash);
      if (this.viewer.picture?.hash !== hash) return;
      this.viewer.ready = false;
      this.viewer.redraw();
    }, 1000);
  }

  /** How long and with what this picture was looked at. */
  _record() {
    this._pause();
    const { ms, inside, tools } = this._seen;
    const all = [tools, this.viewer.tools.record()].filter(Boolean);
    all.push(`pointer ${Math.round((100 * Math.min(inside, ms)) / Math.max(ms, 1))}%`);
    if (!this.viewer.screen?.exact) all.push("8bit");
    this._seen.since = performance.now();
    return { dwell_ms: Math.round(ms), tools: all.join(", ").slice(0, TOOLS_LONGEST) };
  }

  /** Before another picture comes: what was seen of one's own carton is kept for its verdict. */
  _putAway() {
    this._pause();
    this._seen.tools = [this._seen.tools, this.viewer.tools.record()].filter(Boolean).join(", ");
    if (this._seen.track !== this.mine) this._seen = { track: this.mine, ms: 0, since: -1, inside: 0, tools: "" };
    this._seen.since = -1;
  }

  _pause() {
    const inside = this.viewer.hands?.takeInsideMs() ?? 0;
    if (this._seen.since < 0) return;
    this._seen.ms += performance.now() - this._seen.since;
    this._seen.inside += inside;
    this._seen.since = -1;
  }

  _person() {
    if (session.account && !session.locked) return this.follow();
    this.claim.release();
    this.cases.clear();
    this.proofs.clear();
    this.ledger.clear();
    Object.assign(this, { mine: "", shown: "", busy: "", asking: "", notice: null });
    this._glass();
    this._told();
  }

  _told() {
    this.dispatchEvent(new Event("work"));
  }
}

/** Codes of what the service found against an act. @param {any} body @returns {string[]} */
function unmet(body) {
  return [body.code, ...(body.unmet ?? []).map((/** @type {{code: string}} */ one) => one.code)];
}
