/** What a cause of lost time is called: words of the pages, else those of the service for its code. */
import { knows, reason, t } from "../core/words.js";

/** @param {string} cause */
export function causeOf(cause) {
  return knows(`cause.${cause}`) ? t(`cause.${cause}`) : reason(cause).what;
}
