/**
 * Words of the operator's screens: `key: [中文, English]`.
 * @type {Record<string, [string, string]>}
 */
export default {
  "operator.title": ["西永查验线 · 操作", "Xiyong line · operator"],
  "nav.overview": ["总览", "Overview"],
};
