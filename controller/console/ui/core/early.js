// Before the first paint: light, language and the size of a millimetre on this screen. A plain script, because modules wait.
(function () {
  function kept(name) {
    try { return localStorage.getItem(name); } catch (error) { return null; }
  }
  var root = document.documentElement;
  root.dataset.light = kept("xiyong-light") === "night" ? "night" : "day";
  root.lang = kept("xiyong-language") === "en" ? "en" : "zh-CN";
  var perMm = Number(kept("xiyong-px-per-mm"));
  root.style.setProperty("--mm", (perMm > 1 && perMm < 20 ? perMm : 96 / 25.4) + "px");
  var mode = document.querySelector('meta[name="xiyong-mode"]');
  root.dataset.mode = mode ? mode.content : "";
})();
