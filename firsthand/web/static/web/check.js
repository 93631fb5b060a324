// The check of a byline in the reader's own browser: the salted SHA-256 of the pasted text must be
// the one that was signed and logged. Nothing that is pasted here is sent anywhere.
"use strict";

const checker = document.getElementById("checker");
const pasted = document.getElementById("pasted");
const saltField = document.getElementById("salt-field");
const saltInput = document.getElementById("salt");
const outcome = document.getElementById("outcome");

function canonical(text) {
  return text.replace(/\r\n?/g, "\n").normalize("NFC").replace(/[ \t\f\v\u00a0]+(?=\n|$)/g, "").replace(/\n+$/, "");
}

function fromBase64url(text) {
  const binary = atob(text.replace(/-/g, "+").replace(/_/g, "/"));
  return Uint8Array.from(binary, (char) => char.charCodeAt(0));
}

async function digest(salt, text) {
  const content = new TextEncoder().encode(text);
  const whole = new Uint8Array(salt.length + content.length);
  whole.set(salt);
  whole.set(content, salt.length);
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", whole));
  const multihash = String.fromCharCode(0x12, 0x20, ...hash);
  return "u" + btoa(multihash).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
}

// Programs quote, indent and pad what they copy: the text itself may still be untouched.
function readings(text) {
  const lines = text.replace(/\r\n?/g, "\n").split("\n");
  const unquoted = lines.map((line) => line.replace(/^> ?/, "")).join("\n");
  const end = lines.findLastIndex((line) => /\/b\/[\w-]+#[\w-]{43}/.test(line));
  const upTo = end < 0 ? text : lines.slice(0, end + 1).join("\n");
  return [...new Set([text, text.replace(/^\s*\n/, ""), upTo, upTo.replace(/^\s*\n/, ""), unquoted].map(canonical))];
}

function salt() {
  const inText = /#([\w-]{43})\b/.exec(pasted.value);
  const found = location.hash.slice(1) || saltInput.value.trim().replace(/^.*#/, "") || (inText && inText[1]) || "";
  return /^[\w-]{43}$/.test(found) ? fromBase64url(found) : null;
}

function say(verdict, title, words) {
  const box = document.createElement("div");
  box.className = "verdict " + verdict;
  const name = document.createElement("b");
  name.textContent = title;
  const text = document.createElement("p");
  text.textContent = words;
  box.append(name, text);
  outcome.replaceChildren(box);
}

async function check() {
  if (!pasted.value.trim()) return outcome.replaceChildren();
  const key = salt();
  saltField.hidden = Boolean(key) && !saltInput.value;
  if (!key) return say("unknown", "One part is missing", "The address in your message ends with # and 43 characters. Open exactly that address, or put the part behind the # into the field above.");
  for (const text of readings(pasted.value)) {
    if (await digest(key, text) === checker.dataset.digest) {
      return say("verified", "Verified", "This is, character for character, the text that this byline was made for.");
    }
  }
  say("altered", "Altered, or not complete", "This is not the text that this byline was made for. Paste all of it, from the first word to the line with the address; if it still differs, it was changed on its way, or the byline belongs to another message.");
}

if (window.crypto && crypto.subtle) {
  checker.hidden = false;
  document.getElementById("without").hidden = true;
  pasted.addEventListener("input", check);
  saltInput.addEventListener("input", check);
  window.addEventListener("hashchange", check);
}
