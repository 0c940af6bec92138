/**
 * Taking a file from the service, which writes into the journal who took it and why.
 *
 * One rule: it is asked for by a press of whoever sits here, with the session's own token, never by an address alone; why there is
 * none is said.
 */
import { session } from "./session.js";
import { h } from "./view.js";
import { said, t } from "./words.js";

/** Let the browser keep it under this name. @param {Blob} blob @param {string} name */
export function save(blob, name) {
  const url = URL.createObjectURL(blob);
  const link = h("a", { href: url, download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}

/**
 * Ask for a file and hand it to the browser, under the name that the service gives it. `what` and `next`: why there is none.
 * @param {string} path @param {Record<string, string>} [body]
 * @returns {Promise<{name: string, kb: number, what: string, next: string}>}
 */
export async function take(path, body = {}) {
  const none = { name: "", kb: 0 };
  try {
    const answer = await fetch(path, { method: "POST", credentials: "same-origin", cache: "no-store", headers: { "Content-Type": "application/json", "X-CSRF-Token": session.csrf }, body: JSON.stringify(body) });
    if (!answer.ok) {
      const refused = await answer.json().catch(() => ({}));
      if (answer.status === 401 || refused.code === "csrf_missing") void session.refresh();
      return { ...none, ...said(refused) };
    }
    const blob = await answer.blob();
    const name = /filename="([^"]+)"/.exec(answer.headers.get("Content-Disposition") ?? "")?.[1] ?? "xiyong";
    save(blob, name);
    return { name, kb: Math.ceil(blob.size / 1024), what: "", next: "" };
  } catch {
    return { ...none, what: t("no_answer.sign_in"), next: t("no_answer.sign_in.next") };
  }
}
