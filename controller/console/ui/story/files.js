/**
 * Opening what a row rests on: 16-bit pictures, photographs, any other file.
 *
 * One rule: what was fetched is shown as it came; a picture that can not be had is said to be so, never an empty frame.
 */
import { ask } from "../core/session.js";
import { sheet } from "../core/sheet.js";
import { save, take } from "../core/taking.js";
import { h } from "../core/view.js";
import { knows, said, t } from "../core/words.js";

/** @typedef {{sha256: string, name: string, kind: string, size: number}} File */

const LONGEST_PX = 1400;

/** A file by its own name; the two pictures of an X-ray image are told apart by their energy. @param {any} file */
export function fileName(file) {
  return file.kind === "x-ray" && knows(`story.file.${file.name}`) ? t(`story.file.${file.name}`) : file.name;
}

/** Show a picture in a sheet, or hand any other file to the browser. @param {File} file @param {string} path where it is */
export async function openFile(file, path) {
  if (file.kind === "x-ray") return shown(fileName(file), await xray(file.sha256));
  const blob = await fetched(path);
  if (!blob) return shown(file.name, null);
  if (file.kind === "picture" && blob.type.startsWith("image/")) {
    const url = URL.createObjectURL(blob);
    const image = h("img", { src: url, alt: file.name, class: "photo" });
    const there = await image.decode().then(() => true, () => false);
    await shown(file.name, there ? image : null);
    URL.revokeObjectURL(url);
    return;
  }
  save(blob, file.name.replaceAll(/[/\\]/g, "-") || file.sha256);
}

/** @param {string} name @param {Node|null} picture */
function shown(name, picture) {
  return sheet(name, () => [picture ?? h("p", { class: "fault", role: "alert" }, t("story.no_picture"))]);
}

/** @param {string} path */
async function fetched(path) {
  try {
    const answer = await fetch(path, { credentials: "same-origin", cache: "no-store" });
    return answer.ok ? await answer.blob() : null;
  } catch {
    return null;
  }
}

/** A 16-bit picture in eight bits, air white: for recognising it, not for judging. @param {string} sha256 */
async function xray(sha256) {
  try {
    const answer = await fetch(`/api/pixels/${sha256}?max=${LONGEST_PX}`, { credentials: "same-origin" });
    if (!answer.ok) return null;
    const counts = new Uint16Array(await answer.arrayBuffer());
    const width = Number(answer.headers.get("X-Width"));
    const image = new ImageData(width, counts.length / width);
    const most = counts.reduce((a, b) => Math.max(a, b), 1);
    counts.forEach((count, i) => image.data.fill((255 * count) / most, 4 * i, 4 * i + 3).fill(255, 4 * i + 3, 4 * i + 4));
    const canvas = h("canvas", { class: "photo", width: image.width, height: image.height });
    canvas.getContext("2d").putImageData(image, 0, 0);
    return canvas;
  } catch {
    return null;
  }
}

/** Ask for the export, hand it to the browser. @param {string} path @param {string} reason @returns {Promise<{fault?: string, text?: string}>} */
export async function exportCarton(path, reason) {
  const { name, kb, what, next } = await take(path, { reason });
  return what ? { fault: `${what}; ${next}` } : { text: t("story.exported", { name, kb }) };
}

/** Prove the journal whole. @param {string} csrf @returns {Promise<{fault?: string, text?: string}>} */
export async function checkChain(csrf) {
  const { status, body } = await ask("POST", "/api/story/check", {}, csrf, 600_000);
  if (status !== 200) {
    const { what, next } = said(body);
    return { fault: `${what}; ${next}` };
  }
  if (!body.whole) {
    const fault = body.first_bad_seq
      ? t("story.broken", { row: body.first_bad_seq, cause: body.cause })
      : t("story.broken_somewhere", { cause: body.cause });
    return { fault };
  }
  const text = t("story.whole", { rows: body.rows, anchors: body.anchors_checked });
  return { text: body.unanchored_rows ? `${text}; ${t("story.unanchored", { n: body.unanchored_rows })}` : text };
}
