/**
 * What is heard at this screen: alarms that ask for a person, what became of a scan, a tone that shows that sound works.
 *
 * Promises: made by Web Audio, no file. Each priority that sounds has a pattern of its own; the most urgent is heard, again and again
 * while one stands that nobody has acknowledged, and never one that was there when somebody of the own organisation silenced the line:
 * a new cause sounds again. It is quiet for whoever may not silence it, and while the link is lost, because then nobody could. A
 * browser may refuse sound until the first touch: `on` says whether it runs, `change` is fired, the header says it. Of several pages
 * of a browser one sounds. `played` keeps the newest that was given to a running context. The stack light and its horn come first.
 */
import { screenName } from "./place.js";
import { session } from "./session.js";
import { stream } from "./stream.js";
import { t } from "./words.js";

/** @typedef {[hz: number, at_s: number, for_s: number]} Note */
/** @typedef {{wave: OscillatorType, gain: number, every_s: number, notes: Note[]}} Pattern */
/** @typedef {{name: string, at_s: number, notes: Note[]}} Played */

/** The same tones evenly, one each step. @param {number[]} tones @param {number} step @param {number} long @returns {Note[]} */
const row = (tones, step, long) => tones.map((hz, at) => [hz, at * step, long]);

/** Priority 4 is there to be known: it is seen, not heard. @type {Record<string, Pattern>} */
export const PATTERNS = {
  1: { wave: "square", gain: 0.3, every_s: 2, notes: row([988, 740, 988, 740, 988], 0.18, 0.13) },
  2: { wave: "triangle", gain: 0.5, every_s: 6, notes: row([659, 659, 523], 0.28, 0.2) },
  3: { wave: "sine", gain: 0.4, every_s: 30, notes: row([440, 349], 0.35, 0.25) },
  ok: { wave: "sine", gain: 0.4, every_s: 0, notes: row([1319], 0, 0.09) },
  mismatch: { wave: "square", gain: 0.3, every_s: 0, notes: row([247, 185], 0.22, 0.18) },
  unknown: { wave: "triangle", gain: 0.5, every_s: 0, notes: row([587, 587, 587], 0.16, 0.08) },
  test: { wave: "sine", gain: 0.4, every_s: 0, notes: row([523, 659, 784], 0.2, 0.18) },
};
const RAMP_S = 0.008;
const TICK_MS = 250;
const PLAYED_MOST = 64;
/** Who may silence the line; the service judges that. */
const HEARS = new Set(["operator", "shift_lead", "officer", "section_chief"]);

/** Put a pattern into a context, offline or not, at its time. @param {BaseAudioContext} context @param {AudioNode} out @param {string} name @param {number} at_s */
export function schedule(context, out, name, at_s) {
  const { wave, gain, notes } = PATTERNS[name];
  for (const [hz, from, long] of notes) {
    const tone = new OscillatorNode(context, { type: wave, frequency: hz });
    const loud = new GainNode(context, { gain: 0 });
    const begin = at_s + from;
    loud.gain.setValueAtTime(0, begin);
    loud.gain.linearRampToValueAtTime(gain, begin + RAMP_S);
    loud.gain.setValueAtTime(gain, begin + long - RAMP_S);
    loud.gain.linearRampToValueAtTime(0, begin + long);
    tone.connect(loud).connect(out);
    tone.start(begin);
    tone.stop(begin + long);
  }
}

/** Alarms that ask to be heard here, the most urgent first. @returns {any[]} */
export function calling() {
  const alarms = stream.state?.values.alarms;
  if (!alarms || !HEARS.has(session.role)) return [];
  return [...alarms.list, ...calledElsewhere()].filter((/** @type {any} */ one) => one.state === "unacked" && one.priority in PATTERNS).sort((/** @type {any} */ a, /** @type {any} */ b) => a.priority - b.priority);
}

/** Images of other lines that nobody answered and nobody looks at: the next person is called at every line of the site. The service tells customs alone. @returns {any[]} */
export function calledElsewhere() {
  const { list = [], call_priority: priority } = stream.state?.values.lines ?? {};
  return list.flatMap((/** @type {any} */ line) => line.waiting.filter((/** @type {any} */ one) => one.calls > 0 && !one.claimed_by).map((/** @type {any} */ one) => {
    const where = t("alarms.elsewhere", { line: line.name, last4: one.last4 || one.track });
    return { alarm: `line ${line.name} ${one.track}`, code: "picture_unanswered", priority, state: "unacked", since_ms: one.called_ms, called_ms: one.called_ms, where: { zh: where, en: where } };
  }));
}

/** Those of them that nobody has silenced. @returns {any[]} */
function loud() {
  return calling().filter((one) => one.called_ms > stream.state?.values.alarms.silenced_ms);
}

class Sound extends EventTarget {
  /** @type {Played[]} */
  played = [];
  /** @type {AudioContext|null} */
  #context = null;
  /** @type {GainNode|null} */
  #alarm = null;
  /** What sounds, and when it began last. */
  #now = { keys: "", at_s: 0 };
  #mayCall = !navigator.locks;
  #was = "";
  #tested = "";

  constructor() {
    super();
    for (const name of ["pointerdown", "pointerup", "keydown"]) addEventListener(name, () => this.#start(), { capture: true });
    stream.addEventListener("values", () => this.#tick());
    stream.addEventListener("snapshot", () => this.#tick());
    session.addEventListener("session", () => this.#tick());
    setInterval(() => this.#tick(), TICK_MS);
    // Elsewhere a browser would refuse it, and say so; a kiosk's is told to allow it.
    if (navigator.userActivation?.hasBeenActive !== false || screenName() !== document.documentElement.dataset.page) this.#start();
  }

  /** Whether what is played can be heard. */
  get on() {
    return this.#context?.state === "running";
  }

  /** Whether alarms call that somebody has silenced. */
  get silenced() {
    return calling().length > 0 && !loud().length;
  }

  /** What became of a scan. @param {"ok"|"mismatch"|"unknown"} result */
  scanned(result) {
    this.#play(result);
  }

  /** A tone for whoever begins to work here. */
  test() {
    this.#play("test");
  }

  #start() {
    if (this.on || typeof AudioContext === "undefined") return;
    if (!this.#context) {
      this.#context = new AudioContext();
      this.#context.onstatechange = () => this.#tick();
    }
    void this.#context.resume().catch(() => undefined).then(() => this.#tick());
  }

  /** One page of a browser at a time, and only one that can be heard. */
  #wantCall() {
    if (!navigator.locks || this.#mayCall) return;
    void navigator.locks.request("xiyong-sound", { ifAvailable: true }, (lock) => {
      if (!lock || !this.on || this.#mayCall) return undefined;
      this.#mayCall = true;
      return new Promise((release) => this.addEventListener("off", () => release(undefined), { once: true }));
    }).catch(() => undefined);
  }

  #tick() {
    const says = `${this.on} ${this.silenced}`;
    if (says !== this.#was) {
      this.#was = says;
      this.dispatchEvent(new Event("change"));
    }
    if (!this.on) {
      if (navigator.locks && this.#mayCall) {
        this.#mayCall = false;
        this.dispatchEvent(new Event("off"));
      }
      return;
    }
    if (session.account !== this.#tested) {
      this.#tested = session.account;
      if (session.account) this.test();
    }
    this.#wantCall();
    this.#call();
  }

  #call() {
    const context = /** @type {AudioContext} */ (this.#context);
    const all = this.#mayCall && stream.link !== "lost" ? loud() : [];
    const keys = all.map((one) => `${one.alarm} ${one.called_ms}`).join("\n");
    if (!all.length) {
      this.#alarm?.disconnect();
      this.#alarm = null;
      this.#now = { keys: "", at_s: 0 };
      return;
    }
    const { every_s: every, notes } = PATTERNS[all[0].priority];
    const since = context.currentTime - this.#now.at_s;
    const more = keys !== this.#now.keys && all.some((one) => !this.#now.keys.includes(`${one.alarm} ${one.called_ms}`));
    if (this.#now.keys && since < every && !(more && since > notes[notes.length - 1][1])) return;
    this.#now = { keys, at_s: context.currentTime };
    this.#alarm?.disconnect();
    this.#alarm = new GainNode(context);
    this.#alarm.connect(context.destination);
    this.#play(String(all[0].priority), this.#alarm);
  }

  /** @param {string} name @param {AudioNode} [out] */
  #play(name, out) {
    const context = this.#context;
    if (!context || !this.on) return;
    const at = context.currentTime + RAMP_S;
    schedule(context, out ?? context.destination, name, at);
    this.played = [...this.played, { name, at_s: at, notes: PATTERNS[name].notes }].slice(-PLAYED_MOST);
  }
}

export const sound = new Sound();
