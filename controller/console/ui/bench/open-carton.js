/**
 * `<open-carton>`: the carton that lies open here: declared against found, line by line, as the scanner finds it; or what waits to be opened.
 *
 * Promises: while everything matches nothing has to be touched: a carton's label opens it, each thing is its product code and its trace
 * code, the first code behind the last thing is the new seal, then both officers are asked to sign. What differs is loud and stays. The
 * last scan is named where it can be taken back. A row is drawn in the frame after its values came.
 */
import { act } from "../core/acts.js";
import { quality, valueOf } from "../core/quality.js";
import { session } from "../core/session.js";
import { sheetIsOpen } from "../core/sheet.js";
import { sound } from "../core/sound.js";
import { stream } from "../core/stream.js";
import { h, View } from "../core/view.js";
import { lasted, reason, t } from "../core/words.js";
import { Doing } from "./doing.js";
import { difference, loud, newestScan, opened, productCode, reader, ready, scansAfter, thingName } from "./facts.js";
import { signOff } from "./sign-off.js";
import "./still.js";

const DIFFERENCES_SHOWN = 4;
const STILLS_SHOWN = 4;
const WAITS_SHOWN = 30;
const GLYPHS = /** @type {Record<string, string>} */ ({ match: "✓", some: "✓", open: "·", short: "…", over: "▲" });

/** An auditor looks on: a scan of others is nothing to answer here. */
const mayOpen = () => session.role === "officer" || session.role === "section_chief";

class OpenCarton extends View {
  static wants = ["bench", "bench_lists"];
  #doing = new Doing(() => this.redraw());
  #heard = newestScan();
  #asked = "";
  #before = "";

  draw() {
    const bench = this.value("bench");
    this.#listen();
    if (!bench) return this.render(h("p", { class: "empty" }, t("bench.unknown")));
    if (!reader()) return this.render(h("p", { class: "empty" }, t("bench.none")));
    const one = opened();
    if (one) this.#sounds(one);
    this.render(one ? [this.#carton(one), this.#side(one)] : [this.#waits(), this.#idle()]);
    if (one) this.#askForSignatures(one);
  }

  /** A carton's label opens it, where nothing lies open. */
  #listen() {
    const scans = scansAfter(this.#heard);
    this.#heard = Math.max(this.#heard, newestScan());
    const last = scans.at(-1);
    if (!last || !mayOpen() || opened() || sheetIsOpen() || document.visibilityState !== "visible") return;
    if (last.carton) void this.#open(last.carton);
    else {
      sound.scanned("unknown");
      this.#doing.say(t("bench.scan.no_carton", { code: last.codes.join(" ") }), t("bench.scan.no_carton.next"));
    }
  }

  /** @param {string} code */
  async #open(code) {
    if (!this.#doing.may) return;
    if (await this.#doing.ask(() => act("recheck-open", { code, bench: reader() }), t("bench.opened", { code }))) sound.scanned("ok");
  }

  /** One sound for what the last scan was. @param {any} one */
  #sounds(one) {
    const now = `${one.recheck_id} ${one.things_n} ${one.waiting?.product ?? ""}${one.waiting?.trace ?? ""} ${one.seal_no}`;
    const first = !this.#before.startsWith(one.recheck_id);
    if (now === this.#before) return;
    this.#before = now;
    if (first) return;
    const last = one.things.at(-1);
    sound.scanned(last?.fault && !one.waiting ? "mismatch" : "ok");
  }

  /** Once for each state of a carton that is whole: whoever closes the sheet is not asked again before something changes. @param {any} one */
  #askForSignatures(one) {
    const state = `${one.recheck_id} ${one.things_n} ${one.seal_no}`;
    if (!ready(one) || one.decided || one.opened_by !== session.account || this.#asked === state || sheetIsOpen() || !this.#doing.may) return;
    this.#asked = state;
    void signOff(one, { outcome: "released", way: "belt", reason: t("bench.reason.match_kept"), place: "" });
  }

  // --- nothing open ---

  /** A number that no scanner reads need not be typed: whoever has the carton in hand takes its number from the list. @param {string} carton */
  #fill(carton) {
    const field = /** @type {HTMLInputElement|null} */ (this.querySelector("#carton-no"));
    if (!field) return;
    field.value = carton;
    field.focus();
  }

  #waits() {
    const may = mayOpen();
    const waits = this.value("bench_lists")?.waits ?? [];
    return h("section", { class: "pane waits", "data-key": "waits" },
      h("h2", null, t("bench.waits"), " ", valueOf(h("span", { class: "n" }), waits.length)),
      h("div", { class: "scrolls worth", "data-quality": quality(), tabindex: "0" },
        waits.length ? h("ol", { class: "rows" }, waits.slice(0, WAITS_SHOWN).map((/** @type {any} */ row) => h("li", { "data-key": row.carton },
          may ? h("button", { type: "button", class: "no", "aria-label": t("bench.waits.take", { code: row.carton }), onclick: () => this.#fill(row.carton) }, row.carton) : h("strong", { class: "no" }, row.carton),
          h("span", { class: "why" }, row.codes.map((/** @type {string} */ code) => reason(code).what).join(" · "),
            row.earlier.length > 0 && h("b", { class: "again" }, t("bench.again", { names: row.earlier.join(", ") }))),
          h("span", { class: "ago" }, t("bench.ago", { time: lasted(stream.lineMs() - row.since_ms) }))))) : h("p", { class: "empty" }, t("bench.waits.none"))));
  }

  #idle() {
    if (!mayOpen()) {
      return h("section", { class: "pane idle", "data-key": "idle" },
        h("div", { class: "big", "data-kind": "looks" }, h("strong", null, t("bench.looks_only")), h("span", null, t("bench.looks_only.means"))), this.#doing.draw());
    }
    const entered = (/** @type {Event} */ event) => {
      event.preventDefault();
      const field = /** @type {HTMLInputElement} */ (this.querySelector("#carton-no"));
      if (field.value.trim()) void this.#open(field.value.trim());
      field.value = "";
    };
    return h("section", { class: "pane idle", "data-key": "idle" },
      h("div", { class: "big", "data-kind": "scan" }, h("strong", null, t("bench.scan_carton")), h("span", null, t("bench.scan_carton.means"))),
      h("form", { class: "by-hand", onsubmit: entered }, h("label", { for: "carton-no" }, t("bench.carton_no")),
        h("input", { id: "carton-no", autocomplete: "off", maxlength: 40, "data-scan": true }),
        h("button", { type: "submit", disabled: !this.#doing.may }, t("bench.open"))),
      this.#doing.draw());
  }

  // --- what lies open ---

  /** @param {any} one */
  #carton(one) {
    const others = one.things.filter((/** @type {any} */ each) => each.fault);
    return h("section", { class: "pane carton", "data-key": "carton" },
      h("header", null, h("h2", { class: "no" }, one.carton),
        h("span", { class: "of" }, one.list_no ? t("bench.list", { no: one.list_no, k: one.k || 1, n: one.n || 1 }) : t("bench.no_list")),
        h("span", { class: "by" }, t("bench.by", { name: one.opened_by === session.account ? session.name : one.opened_by })),
        one.earlier.length > 0 && h("b", { class: "again" }, t("bench.again", { names: one.earlier.join(", ") }))),
      h("div", { class: "scrolls worth", "data-quality": quality(), tabindex: "0" },
        h("table", { class: "lines" },
          h("thead", null, h("tr", null, ["line", "goods", "product", "declared", "found", "state"].map((name) => h("th", { class: name }, t(`bench.col.${name}`))))),
          h("tbody", null, one.lines.map((/** @type {any} */ line) => this.#line(line)))),
        others.length > 0 && h("table", { class: "lines others" }, h("tbody", null, others.map((/** @type {any} */ each, /** @type {number} */ i) => h("tr", { "data-key": `x${i}`, "data-state": "fault" },
          h("td", { class: "state" }, "✖"), h("td", { class: "goods" }, thingName(each)), h("td", { class: "product" }, productCode(each.product)),
          h("td", { class: "trace" }, each.trace || "—"), h("td", { class: "fault-word" }, t(`bench.fault.${each.fault}`))))))));
  }

  /** @param {any} line */
  #line(line) {
    return h("tr", { "data-key": `g${line.gnum}`, "data-state": line.state },
      h("td", { class: "line" }, line.gnum), h("td", { class: "goods" }, line.name, h("span", { class: "hs" }, line.hs)),
      h("td", { class: "product" }, line.product ? productCode(line.product) : t("bench.no_bar_code")),
      h("td", { class: "declared" }, line.declared), h("td", { class: "found" }, line.found),
      h("td", { class: "state" }, h("span", { class: "glyph" }, GLYPHS[line.state] ?? "▲"), " ", t(`bench.state.${line.state}`)));
  }

  /** @param {any} one */
  #side(one) {
    return h("section", { class: "pane side", "data-key": "side" },
      this.#verdict(one), this.#last(one), this.#stills(one), this.#sealAndPeople(one), this.#doing.draw());
  }

  /** @param {any} one */
  #verdict(one) {
    const wrong = loud(one);
    const missing = one.differences.filter((/** @type {any} */ each) => each.kind === "short");
    const kind = wrong.length ? "differs" : one.decided ? "decided" : ready(one) ? "ready" : one.matched ? (one.seal_no ? "still" : one.seal_by_scan ? "seal" : "seal_typed") : "scan";
    const short = missing.reduce((/** @type {number} */ sum, /** @type {any} */ each) => sum + Math.max(0, Number(each.declared.split(" + ").reduce((/** @type {number} */ a, /** @type {string} */ b) => a + Number(b), 0)) - each.found), 0);
    const means = kind === "decided" ? t("bench.big.decided.means", { outcome: t(`bench.outcome.${one.decided}`) }) : kind === "scan" && !(short > 0) ? t("bench.big.scan.any") : t(`bench.big.${kind}.means`, { n: short });
    return h("div", { class: "big", "data-kind": kind, role: "status" },
      h("strong", null, t(`bench.big.${kind}`)), h("span", null, means),
      wrong.length > 0 && h("ul", null, wrong.slice(0, DIFFERENCES_SHOWN).map((/** @type {any} */ each) => h("li", null, difference(each))),
        wrong.length > DIFFERENCES_SHOWN && h("li", null, t("bench.more", { n: wrong.length - DIFFERENCES_SHOWN }))));
  }

  /** The last scan, and the way back from it. @param {any} one */
  #last(one) {
    const last = one.last;
    const name = !last ? "" : last.kind === "seal" ? t("bench.last.seal", { no: last.seal_no }) : `${thingName(last)}${last.trace ? ` · ${last.trace}` : ""}`;
    const waits = last?.kind === "code" ? t(last.product ? "bench.last.wants_trace" : "bench.last.wants_product") : "";
    return h("div", { class: "last", "data-kind": last?.kind ?? "none" },
      h("span", { class: "what" }, h("b", null, last ? name : t("bench.last.none")), waits && h("span", { class: "wants" }, waits)),
      last && h("button", { type: "button", "data-key": "undo", disabled: !this.#doing.may, "aria-label": t("bench.undo.means", { name }),
        onclick: () => void this.#doing.ask(() => act("recheck-undo", { code: one.carton }), t("bench.undone", { name })) }, t("bench.undo")));
  }

  /** @param {any} one */
  #stills(one) {
    return h("div", { class: "stills" },
      one.stills.slice(-STILLS_SHOWN).map((/** @type {any} */ still, /** @type {number} */ i) => h("bench-still", { hash: still.sha256, label: t("bench.still", { n: one.stills.length - Math.min(STILLS_SHOWN, one.stills.length) + i + 1 }), "data-key": still.sha256 })),
      h("span", { class: "n" }, one.stills_pending > 0 ? t("bench.stills.pending", { n: one.stills.length, m: one.stills_pending }) : t("bench.stills", { n: one.stills.length }),
        one.stills_failed > 0 && h("b", { class: "hit" }, " ", t("bench.stills.failed", { n: one.stills_failed }))),
      h("button", { type: "button", "data-key": "shoot", disabled: !this.#doing.may, onclick: () => void this.#doing.ask(() => act("recheck-still", { code: one.carton }), t("bench.shot")) }, t("bench.shoot")));
  }

  /** @param {any} one */
  #sealAndPeople(one) {
    const party = one.party ? t(`bench.party.${one.party}`, { name: one.party_name }) : t("bench.party.none");
    return h("div", { class: "scrolls", tabindex: "0" }, h("dl", { class: "pairs" },
      h("div", null, h("dt", null, t("bench.seal")), h("dd", null, one.seal_no || t("bench.seal.none"), one.seal_no && !one.sealed_still ? h("span", { class: "wants" }, t("bench.seal.no_still")) : "")),
      h("div", null, h("dt", null, t("bench.party")), h("dd", null, party)),
      h("div", null, h("dt", null, t("bench.witness")), h("dd", null, one.witness || t("bench.witness.none"))),
      one.called_ms >= 0 && h("div", { class: "called" }, h("dt", null, t("bench.second")), h("dd", null, t("bench.second.called", { time: lasted(stream.lineMs() - one.called_ms) })))));
  }
}
customElements.define("open-carton", OpenCarton);
