// What the keyboard and a live page add. Everything works without this file: each key presses a
// link or a button that is on the page (data-key), each live part is a fragment of a page.
"use strict";

const $ = (selector, from = document) => from.querySelector(selector);
const $$ = (selector, from = document) => [...from.querySelectorAll(selector)];
const palette = $("#palette");
const sheet = $("#keys");

// Keys ------------------------------------------------------------------------------------------
const lines = $$("[data-line]");
let at = -1;
let before = "";

function select(index) {
  if (!lines.length) return;
  if (at >= 0) lines[at].classList.remove("at");
  at = Math.max(0, Math.min(lines.length - 1, index));
  const line = lines[at];
  const fold = line.closest("details");
  if (fold && !fold.open) fold.open = true;
  line.classList.add("at");
  $("h3 a, .top a, a", line)?.focus({ preventScroll: true });
  line.scrollIntoView({ block: "nearest" });
}

function press(element) {
  if (!element || element.disabled) return false;
  if (element.dataset.focus) {
    const field = $(`[name="${element.dataset.focus}"]`, $("#reply"));
    if (field) {
      field.focus();
      field.scrollIntoView({ block: "center" });
      return true;
    }
  }
  if (element.tagName === "SUMMARY") {
    element.parentElement.open = true;
    $("button, input, select", element.parentElement.querySelector("div"))?.focus();
  }
  element.closest("details:not([open])")?.setAttribute("open", "");
  if (element.tagName !== "SUMMARY") element.click();
  return true;
}

// In a list the acts are those on the selected letters: select, then use the buttons below.
function sortSelected(act) {
  const form = $("form:has(.bulk)");
  if (!form) return false;
  const boxes = $$(".line > input", form);
  if (!boxes.some((box) => box.checked) && at >= 0) {
    const own = $("input", lines[at]);
    if (own) own.checked = true;
  }
  if (!boxes.some((box) => box.checked)) return false;
  $(`.bulk [value="${act}"]`, form).click();
  return true;
}

function key(name) {
  if (before === "g") {
    before = "";
    return press($(`[data-key="g ${name}"]`));
  }
  if (name === "g") {
    before = "g";
    setTimeout(() => { before = ""; }, 1500);
    return true;
  }
  if (name === "?") { sheet.showModal(); return true; }
  if (name === "/") {
    const field = $("#q") || $("#quick");
    if (field && field.offsetParent) field.focus();
    else location.href = $(".nav a[href*=search]").href;
    return true;
  }
  const found = $(`[data-key="${CSS.escape(name)}"]`);
  if (found) return press(found);
  if (name === "j") { select(at + 1); return lines.length > 0; }
  if (name === "k") { select(at - 1); return lines.length > 0; }
  if ((name === "o" || name === "Enter") && at >= 0) return press($("h3 a, .top a, a", lines[at]));
  if (name === "x" && at >= 0) return press($("input[type=checkbox]", lines[at]));
  if (name === "e") return sortSelected("close");
  if (name === "b") return sortSelected("snooze");
  if (name === "#") return sortSelected("junk");
  return false;
}

const typing = (target) => target.closest("input:not([type=checkbox]):not([type=radio]), textarea, select, [contenteditable]");

document.addEventListener("keydown", (event) => {
  if ((event.ctrlKey || event.metaKey) && !event.altKey && event.key.toLowerCase() === "k") {
    event.preventDefault();
    return openPalette();
  }
  if ((event.ctrlKey || event.metaKey) && event.key === "Enter") {
    const form = event.target.closest("form[data-compose]") || $("form[data-compose]");
    if (form && press($("button[value=send]", form))) event.preventDefault();
    return undefined;
  }
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return undefined;
  if ($("dialog[open]") || typing(event.target)) {
    if (event.key === "Escape" && typing(event.target)) event.target.blur();
    return undefined;
  }
  const onControl = event.target.closest("a, button, summary");
  if (event.key === "Enter" && onControl) return undefined;
  if (key(event.key)) event.preventDefault();
  return undefined;
});

// The palette: every act on this page and every place, by name ------------------------------------
let choices = [];
let chosen = 0;

function openPalette() {
  if (!palette || palette.open) return;
  const acts = $$("[data-act]").filter((one) => !one.disabled).map((one) => ({ words: one.dataset.act, key: one.dataset.key || "", run: () => press(one) }));
  const places = $$("#places a").map((one) => ({ words: "Go to: " + one.textContent, key: "", run: () => { location.href = one.href; } }));
  choices = [...acts, ...places, { words: "Show the keys", key: "?", run: () => sheet.showModal() }];
  $("input", palette).value = "";
  palette.showModal();
  filterPalette();
}

function shown() {
  const words = $("input", palette).value.toLowerCase().split(/\s+/);
  return choices.filter((choice) => words.every((word) => choice.words.toLowerCase().includes(word)));
}

function filterPalette() {
  chosen = 0;
  $("ul", palette).replaceChildren(...shown().map((choice, index) => {
    const item = document.createElement("li");
    item.id = "choice-" + index;
    item.setAttribute("role", "option");
    item.textContent = choice.words;
    if (choice.key) {
      const hint = document.createElement("kbd");
      hint.textContent = choice.key;
      item.append(hint);
    }
    item.addEventListener("click", () => runChoice(index));
    return item;
  }));
  markChoice();
}

function markChoice() {
  const items = $$("li", palette);
  items.forEach((item, index) => item.setAttribute("aria-selected", String(index === chosen)));
  $("input", palette).setAttribute("aria-activedescendant", items[chosen]?.id || "");
  items[chosen]?.scrollIntoView({ block: "nearest" });
}

function runChoice(index) {
  const choice = shown()[index];
  palette.close();
  if (choice) choice.run();
}

if (palette) {
  $("input", palette).addEventListener("input", filterPalette);
  palette.addEventListener("keydown", (event) => {
    const count = $$("li", palette).length;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      chosen = (chosen + (event.key === "ArrowDown" ? 1 : -1) + count) % Math.max(count, 1);
      markChoice();
      event.preventDefault();
    }
    if (event.key === "Enter") { event.preventDefault(); runChoice(chosen); }
  });
}

// The reply box: the byline live, nothing lost, pastes counted -------------------------------------
function later(wait, act) {
  let timer;
  return (...args) => { clearTimeout(timer); timer = setTimeout(() => act(...args), wait); };
}

function composing(form) {
  const text = form.elements.text;
  const key = "draft:" + form.dataset.compose;
  const note = $("[data-kept]", form);
  const fields = ["text", "to", "cc", "bcc", "subject"].map((name) => form.elements[name]).filter(Boolean);
  const first = JSON.stringify(fields.map((field) => field.value));
  let leaving = false;

  const kept = JSON.parse(localStorage.getItem(key) || "null");
  const arrived = performance.getEntriesByType("navigation")[0]?.type === "navigate";
  if (kept && !(kept.left && arrived) && !("typed" in form.dataset) && Number(kept.base) >= Number(form.elements.base.value) && kept.values.length === fields.length) {
    fields.forEach((field, index) => { field.value = kept.values[index]; });
    if (kept.values[0]) note.textContent = "What you had typed is back.";
  } else {
    localStorage.removeItem(key);
  }

  const keep = () => {
    const values = fields.map((field) => field.value);
    if (JSON.stringify(values) === first) localStorage.removeItem(key);
    else localStorage.setItem(key, JSON.stringify({ base: form.elements.base.value, values }));
  };
  const ask = (address) => {
    const data = new FormData(form);
    data.delete("files");
    return fetch(address, { method: "POST", body: data, headers: { "X-Fragment": "1" } });
  };
  const look = later(500, async () => {
    const here = $("[data-outlook-here]", form);
    const answer = await ask(form.dataset.outlook).catch(() => null);
    if (!answer || !answer.ok) return;
    here.innerHTML = await answer.text();
    const may = $("[data-may-send]", here)?.dataset.maySend === "yes";
    $$("[data-send]", form).forEach((button) => { button.disabled = !may; });
  });
  let saved = text.value;
  const save = async () => {
    if (leaving || !text.value.trim() || text.value === saved || !form.elements.draft) return;
    const sending = text.value;
    const data = new FormData(form);
    data.delete("files");
    data.delete("quote");
    data.set("do", "save");
    const answer = await fetch(form.action, { method: "POST", body: data, headers: { "X-Fragment": "1" } }).catch(() => null);
    if (!answer || !answer.ok || leaving) return;
    const values = await answer.json().catch(() => null);
    if (!values) return;
    saved = sending;
    form.elements.draft.value = values.draft;
    form.elements.base.value = values.base;
    form.elements.pasted.value = "0";
    note.textContent = "Saved.";
    keep();
  };
  const saveLater = later(20000, save);

  form.addEventListener("input", () => {
    note.textContent = "";
    keep();
    look();
    if (!form.elements.account) saveLater();
  });
  form.addEventListener("change", look);
  text.addEventListener("paste", (event) => {
    const words = event.clipboardData.getData("text").split(/\s+/).filter(Boolean).length;
    form.elements.pasted.value = String(Number(form.elements.pasted.value || 0) + words);
  });
  // Kept until the next page shows that the server has it: a line may break just now.
  form.addEventListener("submit", () => {
    leaving = true;
    const values = fields.map((field) => field.value);
    localStorage.setItem(key, JSON.stringify({ base: form.elements.base.value, values, left: true }));
  });
}
$$("form[data-compose]").forEach(composing);
if (performance.getEntriesByType("navigation")[0]?.type === "navigate" && !$(".problem")) {
  Object.keys(localStorage).filter((key) => key.startsWith("draft:") && JSON.parse(localStorage[key]).left).forEach((key) => localStorage.removeItem(key));
}

// What waits for a decision is read and decided in place ---------------------------------------------
$$("[data-here]").forEach((link) => link.addEventListener("click", async (event) => {
  if (event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  const place = link.closest("li");
  const open = $(".here", place);
  if (open) return open.remove();
  const answer = await fetch(link.dataset.here).catch(() => null);
  if (!answer || !answer.ok) { location.href = link.href; return; }
  const here = document.createElement("div");
  here.className = "here";
  here.innerHTML = await answer.text();
  place.append(here);
  $("button", here)?.focus({ preventScroll: true });
}));

// Undo counts down; a secret can be copied; a pop-up closes when one clicks beside it ---------------
$$("[data-until]").forEach((box) => {
  const tick = () => {
    const left = Math.ceil(Number(box.dataset.until) - Date.now() / 1000);
    if (left <= 0) return box.remove();
    $("button", box).textContent = left < 60 ? `Undo (${left})` : "Undo";
    return setTimeout(tick, 500);
  };
  tick();
});
$$("[data-copy]").forEach((button) => {
  button.hidden = false;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText($("#" + button.dataset.copy).textContent.trim());
    button.textContent = "Copied";
  });
});
document.addEventListener("click", (event) => {
  $$("details.pop[open]").forEach((pop) => { if (!pop.contains(event.target)) pop.open = false; });
});
