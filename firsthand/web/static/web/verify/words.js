// Bytes and encoded words as text (RFC 2045 6.7 and 6.8, RFC 2047), whatever they claim to be.

const BETWEEN_WORDS = /(=\?[^?\s]{1,60}\?[bBqQ]\?[^?]*\?=)[ \t]+(?==\?[^?\s]{1,60}\?[bBqQ]\?)/g;
const WORD = /=\?([^?*\s]{1,60})(?:\*[^?\s]{0,40})?\?([bBqQ])\?([^?]*)\?=/g;
const WORD_RUN = new RegExp(`(?:${WORD.source})+`, "g");
// Control characters, zero width space, directions, line separators, byte order mark.
const HIDDEN = /[\x00-\x1f\x7f-\x9f\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g;
const AS_UTF8 = new Set(
  "utf-8 utf8 u8 utf8mb4 ascii us-ascii ansi_x3.4-1968 iso646-us 646 x-unknown unknown-8bit".split(" "),
);

// The text of bytes in a declared character set: UTF-8 where it fits, else Windows-1252.
function decodeCharset(bytes, charset = "") {
  const label = trimmed(trimmed(charset), /["']/).toLowerCase();
  const decoder = label && !AS_UTF8.has(label) ? decoderOf(label) : null;
  if (decoder && decoder.encoding !== "utf-8") return withoutGaps(decoder, bytes);
  return strictUtf8(bytes) ?? withoutGaps(new TextDecoder("windows-1252"), bytes);
}

function decoderOf(label) {
  for (const name of [label, label.replaceAll("_", "-")]) {
    try {
      return new TextDecoder(name, { ignoreBOM: true });
    } catch {
      // A name that this browser does not know.
    }
  }
  return null;
}

function withoutGaps(decoder, bytes) {
  const text = decoder.decode(bytes);
  return decoder.encoding === "windows-1252" ? text.replace(/[\x81\x8d\x8f\x90\x9d]/g, "\ufffd") : text;
}

const BASE64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

// Base64 as far as it goes: foreign characters are passed over, what follows a whole padding is cut.
function looseBase64(string) {
  const found = [];
  let bits = 0;
  let held = 0;
  let place = 0;
  let pads = 0;
  for (const letter of string) {
    if (letter === "=") {
      if (place >= 2 && place + ++pads >= 4) break;
      continue;
    }
    const value = BASE64.indexOf(letter);
    if (value < 0) continue;
    pads = 0;
    place = (place + 1) % 4;
    held = ((held << 6) | value) & 0xffff;
    bits += 6;
    if (bits >= 8) found.push((held >> (bits -= 8)) & 0xff);
    if (place === 0) bits = 0;
  }
  return place && pads + place < 4 ? cutBase64(string) : new Uint8Array(found);
}

// Where the padding is wrong: all that is base64 in it, a lonely last character cut.
function cutBase64(string) {
  const clean = string.replace(/[^A-Za-z0-9+/]+/g, "");
  return ofBytes(atob(clean.slice(0, clean.length - (clean.length % 4 === 1 ? 1 : 0))));
}

const HEX = /^[0-9A-Fa-f]{2}$/;

// Quoted-printable; `inHeader`: an underscore is a blank.
function quotedPrintable(string, inHeader = false) {
  const found = new Uint8Array(string.length);
  let out = 0;
  for (let at = 0; at < string.length; ) {
    const letter = string[at];
    if (letter !== "=") {
      found[out++] = inHeader && letter === "_" ? 32 : string.charCodeAt(at);
      at += 1;
      continue;
    }
    at += 1;
    if (at >= string.length) break;
    if (string[at] === "\n" || string[at] === "\r") {
      const end = string.indexOf("\n", at);
      at = end < 0 ? string.length : end + 1;
    } else if (string[at] === "=") {
      found[out++] = 61;
      at += 1;
    } else if (HEX.test(string.slice(at, at + 2))) {
      found[out++] = parseInt(string.slice(at, at + 2), 16);
      at += 2;
    } else {
      found[out++] = 61;
    }
  }
  return found.slice(0, out);
}

// A field's value with its encoded words decoded; neighbours of one character set are joined as bytes.
function decodeWords(value) {
  if (!value.includes("=?")) return value;
  return value.replace(BETWEEN_WORDS, "$1").replace(WORD_RUN, decodeRun);
}

function decodeRun(run) {
  let text = "";
  let pending = new Uint8Array();
  let current = "";
  for (const [, charset, encoding, content] of run.matchAll(WORD)) {
    if (pending.length && charset.toLowerCase() !== current) {
      text += decodeCharset(pending, current);
      pending = new Uint8Array();
    }
    const raw = byteString(utf8(content));
    const more = "bB".includes(encoding) ? looseBase64(raw) : quotedPrintable(raw.replaceAll("\n", ""), true);
    pending = joined(pending, more);
    current = charset.toLowerCase();
  }
  return text + decodeCharset(pending, current);
}
