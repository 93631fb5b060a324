// Bytes and their spellings. A "byte string" has one character, 0 to 255, for each byte.

class Refused extends Error {} // the letter or its log is not what it should be; the message says why

const utf8 = (text) => new TextEncoder().encode(text);
const ofBytes = (string) => Uint8Array.from(string, (letter) => letter.charCodeAt(0));
const same = (a, b) => a.length === b.length && a.every((byte, at) => byte === b[at]);
const toHex = (bytes) => [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");

function byteString(bytes) {
  const pieces = [];
  for (let at = 0; at < bytes.length; at += 8192) {
    pieces.push(String.fromCharCode(...bytes.subarray(at, at + 8192)));
  }
  return pieces.join("");
}

function joined(...parts) {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

async function sha256(...parts) {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", joined(...parts)));
}

// The text of UTF-8 bytes, or null where they are none.
function strictUtf8(bytes) {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return null;
  }
}

const toBase64 = (bytes) => btoa(byteString(bytes));
const toBase64url = (bytes) =>
  toBase64(bytes).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");

// Base64url without padding, and only the one true encoding; null for anything else.
function fromBase64url(text) {
  if (typeof text !== "string" || !/^[A-Za-z0-9_-]*$/.test(text) || text.length % 4 === 1) return null;
  const bytes = ofBytes(atob(text.replace(/-/g, "+").replace(/_/g, "/")));
  return toBase64url(bytes) === text ? bytes : null;
}

const BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
const LONGEST_BASE58 = 2000;

function toBase58(bytes) {
  let number = bytes.length ? BigInt(`0x${toHex(bytes)}`) : 0n;
  let digits = "";
  for (; number; number /= 58n) digits = BASE58[Number(number % 58n)] + digits;
  const zeros = bytes.findIndex((byte) => byte !== 0);
  return "1".repeat(zeros < 0 ? bytes.length : zeros) + digits;
}

// Bitcoin's base 58, or null.
function fromBase58(text) {
  if (text.length > LONGEST_BASE58 || [...text].some((letter) => !BASE58.includes(letter))) return null;
  let number = 0n;
  for (const letter of text) number = number * 58n + BigInt(BASE58.indexOf(letter));
  const digits = number ? number.toString(16) : "";
  const bytes = (digits.length % 2 ? `0${digits}` : digits).match(/../g) || [];
  const zeros = /^1*/.exec(text)[0].length;
  return new Uint8Array([...Array(zeros).fill(0), ...bytes.map((pair) => parseInt(pair, 16))]);
}

// What is blank to the verifier written in Python too, so that both cut the same.
const BLANK = /[\t-\r\x1c- \x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]/;

function trimmed(text, blank = BLANK) {
  let start = 0;
  let end = text.length;
  while (start < end && blank.test(text[start])) start += 1;
  while (end > start && blank.test(text[end - 1])) end -= 1;
  return text.slice(start, end);
}

const words = (text) => text.split(new RegExp(`${BLANK.source}+`)).filter(Boolean);

// `text` before the first `mark`, whether it was there, and what follows.
function parted(text, mark) {
  const at = text.indexOf(mark);
  return at < 0 ? [text, false, ""] : [text.slice(0, at), true, text.slice(at + mark.length)];
}
