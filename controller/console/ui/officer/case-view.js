/**
 * `<case-view>`: papers beside the picture: why it must be looked at, declaration, weight, seal, photos, earlier cartons of the same goods.
 *
 * One rule: what the line does not know is `—` and never a zero or a blank; what differs is said in words first, and coloured second.
 */
import { stream } from "../core/stream.js";
import { h, View } from "../core/view.js";
import { kept, knows, last4, lasted, reason, t } from "../core/words.js";
import { weightOff } from "./findings.js";
import "./thumb.js";

const GOODS_MOST = 12;

export class CaseView extends View {
  static wants = ["pictures"];
  /** @type {import("./work.js").Work|null} */
  work = null;
  /** @type {(earlier: any) => void} */
  compare = () => {};
  comparing = "";

  draw() {
    const { work } = this;
    const one = work?.shown ? work.cases.get(work.shown) : undefined;
    if (!work || !one) return this.render(h("p", { class: "empty" }, t(stream.state ? "officer.no_case" : "officer.queue_unknown")));
    const told = one.told;
    const preview = work.shown !== work.mine;
    this.render(
      h("header", { class: "carton-no" }, h("span", { class: "no" }, told?.carton ?? "—"), h("span", { class: "track" }, one.track),
        preview && h("strong", { class: "preview" }, t("officer.preview"))),
      told ? [this._why(told), this._weight(told), this._seal(told), this._goods(told), this._earlier(told), this._photos(told)] : h("p", { class: "empty" }, t("officer.case_loading")),
    );
    this.classList.toggle("is-preview", preview);
  }

  /** @param {any} told */
  _why(told) {
    const rules = told.rules ?? [];
    const found = told.analysis?.findings ?? [];
    const rest = (told.must ?? []).filter((/** @type {any} */ one) => !["analyser_finding", "rule_hit", "targeted"].includes(one.code) || !(found.length + rules.length));
    return section("officer.why", h("ul", { class: "why" },
      rules.map((/** @type {any} */ one) => h("li", { class: "hit" }, h("b", null, t("officer.rule")), kept(one))),
      found.map((/** @type {any} */ one) => h("li", { class: "hit" }, h("b", null, t("officer.analyser")), kept(one))),
      rest.map((/** @type {any} */ one) => h("li", null, kept(one) || reason(one.code).what)),
      told.problem && h("li", { class: "hit" }, h("b", null, t("officer.image_problem")), reason(told.problem).what),
      h("li", { class: "quiet" }, analyserWords(told.analysis))));
  }

  /** @param {any} told */
  _weight(told) {
    const { weight } = told;
    const differs = weightOff(weight);
    const both = weight?.scale_g != null && weight?.declared_g != null;
    const gap = both ? weight.scale_g - weight.declared_g : 0;
    return section("officer.weight", h("dl", { class: "pairs three", "data-off": differs || null },
      pair("officer.scale", kg(weight?.scale_g)), pair("officer.declared", kg(weight?.declared_g)),
      pair("officer.by_image", kg(told.analysis?.mass_g)),
      both && h("div", { class: "gap" }, h("dt", null, t("officer.difference")),
        h("dd", null, `${gap > 0 ? "+" : gap < 0 ? "−" : ""}${kg(Math.abs(gap))}`, h("span", { class: "said" }, differs ? t("officer.outside", { g: kg(weight.tolerance_g) }) : t("officer.within", { g: kg(weight.tolerance_g) }))))),
      weight?.problem && h("p", { class: "hit" }, reason(weight.problem).what));
  }

  /** @param {any} told */
  _seal(told) {
    const { seal } = told;
    if (!seal) return section("officer.seal", h("p", { class: "empty" }, t("officer.seal_none")));
    const fine = seal.result === "agrees" || seal.result === "not_required";
    return section("officer.seal",
      h("p", { class: fine ? "" : "hit" }, fine ? t(`officer.seal_${seal.result}`) : reason(seal.result).what, seal.detail && !fine ? h("span", { class: "said" }, ` ${kept(seal.detail)}`) : null),
      h("dl", { class: "pairs" }, pair("officer.seal_expected", (seal.expected ?? []).join(" · ")), pair("officer.seal_found", (seal.found ?? []).join(" · "))),
      (seal.photos ?? []).length > 0 && h("ul", { class: "photos" }, seal.photos.slice(0, 4).map((/** @type {string} */ hash) => photo(hash, t("officer.seal_photo")))));
  }

  /** @param {any} told */
  _goods(told) {
    const declared = told.declaration;
    if (!declared) return section("officer.declaration", h("p", { class: "hit" }, t("officer.no_declaration")));
    const receipt = (declared.receipts ?? [])[0];
    return section("officer.declaration",
      h("dl", { class: "pairs" },
        pair("officer.list_no", declared.list_no), pair("officer.receipt", receipt ? `${receipt.status} ${receipt.meaning ? t(`officer.meaning_${receipt.meaning}`) : ""}` : ""),
        pair("officer.gross_net", `${kg(declared.gross_g)} / ${kg(declared.net_g)}`), pair("officer.k_of_n", declared.n ? `${declared.k} / ${declared.n}` : ""),
        pair("officer.trader", declared.trader), pair("officer.parties", [declared.shipper, declared.consignee].filter(Boolean).join(" → "))),
      h("table", { class: "goods" },
        h("thead", null, h("tr", null, ["no", "name", "quantity", "hs", "origin", "value"].map((name) => h("th", { scope: "col" }, t(`officer.goods_${name}`))))),
        h("tbody", null, (declared.goods ?? []).slice(0, GOODS_MOST).map((/** @type {any} */ one) => h("tr", null,
          h("td", null, one.gnum), h("td", { class: "name" }, one.name ?? "—", one.model && h("span", { class: "said" }, ` ${one.model}`)),
          h("td", null, one.quantity != null ? `${one.quantity} ${unitOf(one.unit)}` : "—"), h("td", null, one.hs ?? "—"), h("td", null, one.origin ?? "—"),
          h("td", null, one.price != null ? `${one.price} ${one.currency ?? ""}` : "—"))))),
      ((declared.goods_left_out ?? 0) > 0 || (declared.goods ?? []).length > GOODS_MOST) && h("p", { class: "said" }, t("officer.goods_more", { n: (declared.goods_left_out ?? 0) + Math.max((declared.goods ?? []).length - GOODS_MOST, 0) })));
  }

  /** @param {any} told */
  _earlier(told) {
    const all = told.earlier ?? [];
    return section("officer.earlier", all.length
      ? h("ul", { class: "earlier" }, all.map((/** @type {any} */ one) => h("li", { "data-key": `earlier-${one.track}` }, h("button", {
        type: "button", "aria-pressed": this.comparing === one.track ? "true" : "false", onclick: (/** @type {MouseEvent} */ event) => event.detail && this.compare(one),
      }, h("x-thumb", { hash: one.low }), h("span", { class: "no" }, last4(one.carton ?? "") || "—"),
        h("span", { class: "said" }, t(one.verdict ? `officer.short_${one.verdict}` : "officer.short_not_judged"), " · ", ago(one.at_ms))))))
      : h("p", { class: "empty" }, t("officer.earlier_none")));
  }

  /** @param {any} told */
  _photos(told) {
    const all = told.photos ?? [];
    return section("officer.photos", all.length
      ? h("ul", { class: "photos" }, all.slice(0, 6).map((/** @type {any} */ one) => photo(one.sha256, one.device)))
      : h("p", { class: "empty" }, t("officer.photos_none")));
  }
}

/** @param {any} analysis */
function analyserWords(analysis) {
  const state = analysis?.state || "none";
  return state === "done" && !(analysis.findings ?? []).length ? t("officer.analyser_nothing") : t(`officer.analyser_${state}`);
}

/** @param {string} key @param {...any} children */
function section(key, ...children) {
  return h("section", { "data-key": key }, h("h2", null, t(key)), ...children);
}

/** @param {string} key @param {unknown} value */
function pair(key, value) {
  return h("div", null, h("dt", null, t(key)), h("dd", null, value === null || value === undefined || value === "" ? "—" : String(value)));
}

/** @param {number|null|undefined} grams */
function kg(grams) {
  if (grams === null || grams === undefined || grams < 0) return "—";
  return grams < 1000 ? `${grams} g` : `${(grams / 1000).toFixed(2)} kg`;
}

/** Customs' code of a unit in words where we know it, else the code itself. @param {string|null|undefined} code */
function unitOf(code) {
  const key = `officer.unit_${code}`;
  return code && knows(key) ? t(key) : (code ?? "");
}

/** @param {number} atMs */
function ago(atMs) {
  return t("officer.ago", { time: lasted(stream.lineMs() - atMs) });
}

/** @param {string} hash @param {string} what */
function photo(hash, what) {
  return h("li", { "data-key": `photo-${hash}` }, h("a", { href: `/api/evidence/${encodeURIComponent(hash)}`, target: "_blank", rel: "noopener" }, h("img", { src: `/api/evidence/${encodeURIComponent(hash)}`, alt: what, loading: "lazy" })));
}

customElements.define("case-view", CaseView);
