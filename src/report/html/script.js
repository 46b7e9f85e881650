
"use strict";
(() => {
  const form = document.getElementById("filters");
  if (!form) return;
  const articles = [...document.querySelectorAll("#findings article")];
  const count = document.getElementById("count");
  const field = (name) => form.elements.namedItem(name);
  const boxes = () => [...form.querySelectorAll("[name=severity]")];
  let texts = null;

  // The filters as the part of an address after the sign, and back.
  const written = () => {
    const state = new URLSearchParams();
    for (const name of ["q", "rule", "file", "object"]) {
      if (field(name).value) state.set(name, field(name).value);
    }
    const wanted = boxes().filter((box) => box.checked).map((box) => box.value);
    if (wanted.length < boxes().length) state.set("severity", wanted.join(","));
    return state.toString();
  };
  const read = (text) => {
    const state = new URLSearchParams(text);
    for (const name of ["q", "rule", "file", "object"]) field(name).value = state.get(name) || "";
    const wanted = state.has("severity") ? state.get("severity").split(",") : null;
    for (const box of boxes()) box.checked = !wanted || wanted.includes(box.value);
  };

  const apply = () => {
    const words = field("q").value.toLowerCase().split(/\s+/).filter(Boolean);
    const severities = new Set(boxes().filter((box) => box.checked).map((box) => box.value));
    const [rule, file, object] = ["rule", "file", "object"].map((name) => field(name).value);
    if (words.length && !texts) texts = articles.map((one) => one.textContent.toLowerCase());
    let shown = 0;
    articles.forEach((one, at) => {
      const data = one.dataset;
      const fits = severities.has(one.className) && (!rule || data.rule === rule) && (!file || data.file === file)
        && (!object || data.object === object) && words.every((word) => texts[at].includes(word));
      one.hidden = !fits;
      if (fits) shown += 1;
    });
    count.textContent = shown + " of " + articles.length;
  };

  const follow = () => {
    const hash = location.hash.slice(1);
    if (hash.includes("=")) {
      read(hash);
      apply();
      return;
    }
    const target = hash && document.getElementById(hash);
    if (!target) return;
    if (target.hidden) {
      form.reset();
      apply();
    }
    if (target.tagName === "DETAILS") target.open = true;
    target.scrollIntoView();
  };

  const changed = () => {
    apply();
    const state = written();
    history.replaceState(null, "", state ? "#" + state : location.pathname + location.search);
  };
  form.addEventListener("input", changed);
  form.addEventListener("reset", () => setTimeout(changed));
  form.addEventListener("submit", (event) => event.preventDefault());
  addEventListener("hashchange", follow);
  addEventListener("beforeprint", () => document.querySelectorAll(".rules").forEach((one) => { one.open = true; }));
  apply();
  follow();
})();
