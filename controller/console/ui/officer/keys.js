/**
 * Keys that decide, told apart from a hand that slipped and from a scanner that types.
 *
 * One rule: a decision is one key of its own, held for 80 ms or longer and let go, with no other key within 60 ms before, meanwhile, or
 * within 60 ms after. A keyboard-wedge scanner holds no key that long and presses the next within milliseconds; it decides nothing.
 * Repeats, input methods (`isComposing`), Enter and Space decide nothing. For 400 ms after a decision nothing does. Keys are physical
 * (`code`), and times are those of the events: a page that was busy does not make a short press long.
 */

export const HELD_LEAST_MS = 80;
export const DEAD_MS = 400;
/** Another key within this time belongs to something typed. */
export const TYPED_WITHIN_MS = 60;

/** @typedef {{code: string, timeStamp: number, repeat?: boolean, isComposing?: boolean, keyCode?: number, ctrlKey?: boolean, altKey?: boolean, metaKey?: boolean}} Key */

export class DecisionKeys {
  /** @param {(code: string) => void} decided the key that counts @param {() => number} clock ms, the one of events */
  constructor(decided = () => {}, clock = () => performance.now()) {
    this.decided = decided;
    this._clock = clock;
    this._deadUntil = -Infinity;
    this._lastDown = -Infinity;
    /** @type {{code: string, at: number, spoiled: boolean}|null} */
    this._pressed = null;
    /** @type {{code: string, at: number, timer: number}|null} let go, and waiting whether something typed goes on */
    this._waiting = null;
  }

  /** After a decision, and when another picture comes under the finger. */
  deaden(ms = DEAD_MS) {
    this._deadUntil = Math.max(this._deadUntil, this._clock() + ms);
    if (this._pressed) this._pressed.spoiled = true;
    this._drop();
  }

  get dead() {
    return this._clock() < this._deadUntil;
  }

  /** The page lost the keyboard: what was pressed never counts. */
  forget() {
    this._pressed = null;
    this._drop();
  }

  /** @param {Key} key */
  down(key) {
    if (key.repeat) return;
    const at = key.timeStamp;
    const typed = at - this._lastDown < TYPED_WITHIN_MS;
    this._lastDown = at;
    const spoiled = typed || this._pressed !== null || at < this._deadUntil || composing(key) || modified(key);
    if (this._pressed) this._pressed.spoiled = true;
    this._pressed = { code: key.code, at, spoiled };
    const before = this._waiting;
    if (!before) return;
    if (before.code === key.code || at - before.at >= TYPED_WITHIN_MS) this._fire(before.code); // a key that bounced was one press
    else this._drop();
  }

  /** @param {Key} key */
  up(key) {
    const pressed = this._pressed;
    if (!pressed || pressed.code !== key.code) return;
    this._pressed = null;
    const short = key.timeStamp - pressed.at < HELD_LEAST_MS;
    if (short || pressed.spoiled || key.timeStamp < this._deadUntil || composing(key) || modified(key)) return;
    const timer = setTimeout(() => this._fire(key.code), TYPED_WITHIN_MS);
    this._waiting = { code: key.code, at: key.timeStamp, timer };
  }

  /** @param {string} code */
  _fire(code) {
    this._drop();
    if (!this.dead) this.decided(code);
  }

  _drop() {
    if (this._waiting) clearTimeout(this._waiting.timer);
    this._waiting = null;
  }
}

/** @param {Key} key */
function composing(key) {
  return Boolean(key.isComposing) || key.keyCode === 229;
}

/** @param {Key} key */
function modified(key) {
  return Boolean(key.ctrlKey || key.altKey || key.metaKey);
}
