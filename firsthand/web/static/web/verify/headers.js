// Header fields, read from the raw bytes (RFC 5322, 2231, 6532): structure first, decoding after.

const MAX_HEADER = 1_000_000;
const STARTS = /[!-9;-~]+[ \t]*:/y;
const FIELD = /^([!-9;-~]+)[ \t]*:[ \t]*(.*(?:\n[ \t]+.*)*)/gm;
const PARAMETER = /;\s*([^\s=;"]+)\s*=\s*(?:"((?:[^"\\]|\\[^])*)"?|([^;]*))/g;

const ascii = (text) => /^[\x00-\x7f]*$/.test(text);

// Fields by lower-case name, in order, unfolded and still encoded.
class Fields {
  constructor(values = new Map()) {
    this.values = values;
  }

  all(name) {
    return (this.values.get(name) || []).map(readable);
  }

  first(name) {
    return this.all(name)[0] || "";
  }
}

// A value as the text it stands for: UTF-8 (RFC 6532), else a guess.
const readable = (value) => (ascii(value) ? value : decodeCharset(ofBytes(value)));

function startsField(raw, at) {
  STARTS.lastIndex = at;
  return STARTS.test(raw);
}

// The fields of the header at `start`, and where the body begins.
function splitHeader(raw, start = 0, end = raw.length) {
  if (raw.startsWith("\n", start) || raw.startsWith("\r\n", start)) {
    return [new Fields(), raw.indexOf("\n", start) + 1];
  }
  const whole = raw.slice(0, end);
  if (!startsField(whole, start)) return [new Fields(), start];
  const blank = /\n\r?\n/g;
  blank.lastIndex = start;
  const found = blank.exec(whole);
  let [stop, body] = found ? [found.index + 1, blank.lastIndex] : withoutBlankLine(whole, start);
  stop = Math.min(stop, start + MAX_HEADER);
  const block = whole.slice(start, stop).replaceAll("\r\n", "\n").replaceAll("\r", " ");
  return [new Fields(fieldsOf(block)), body];
}

// No blank line ends the header: it ends where a line is neither a field nor its fold.
function withoutBlankLine(raw, start) {
  let at = start;
  while (at < raw.length) {
    if (raw[at] !== " " && raw[at] !== "\t" && !startsField(raw, at)) return [at, at];
    const line = raw.indexOf("\n", at);
    at = line < 0 ? raw.length : line + 1;
  }
  return [raw.length, raw.length];
}

function fieldsOf(block) {
  const values = new Map();
  for (const [, name, value] of block.matchAll(FIELD)) {
    const key = name.toLowerCase();
    values.set(key, [...(values.get(key) || []), unfolded(value)]);
  }
  return values;
}

function unfolded(value) {
  const [first, ...rest] = value.split("\n");
  const lines = [first, ...rest.map((line) => line.replace(/^[ \t]+/, ""))];
  const cut = lines.map((line, at) => (at < rest.length ? cutEnd(line, /[ \t]/) : line));
  return cutEnd(cut.join(" "), /[ \t\r\n]/);
}

function cutEnd(text, blank = BLANK) {
  let end = text.length;
  while (end && blank.test(text[end - 1])) end -= 1;
  return text.slice(0, end);
}

// `text/plain; charset=x` as ["text/plain", {charset: "x"}], with RFC 2231 names joined.
function parameters(value) {
  const [head, more, rest] = parted(value, ";");
  const kind = trimmed(head).toLowerCase();
  const plain = new Map();
  const pieces = new Map();
  if (!more) return [kind, plain];
  for (const [, given, quoted, bare] of `;${rest}`.matchAll(PARAMETER)) {
    const name = given.toLowerCase();
    const text = quoted ? quoted.replace(/\\(.)/g, "$1") : trimmed(bare || "");
    const [base, star, number] = parted(name, "*");
    if (!star) {
      if (!plain.has(name)) plain.set(name, decodeWords(text));
      continue;
    }
    const digits = number.replace(/\*+$/, "");
    if (digits.length >= 5) continue;
    if (!pieces.has(base)) pieces.set(base, new Map());
    const index = /^\d+$/.test(digits) ? Number(digits) : 0;
    pieces.get(base).set(index, [text, number.endsWith("*") || number === ""]);
  }
  for (const [base, found] of pieces) plain.set(base, joinedPieces(found));
  return [kind, plain];
}

// RFC 2231 section 3 and 4: numbered pieces, the first one naming the character set.
function joinedPieces(pieces) {
  let charset = "";
  let data = new Uint8Array();
  for (const index of [...pieces.keys()].sort((a, b) => a - b)) {
    let [text, encoded] = pieces.get(index);
    if (encoded && index === 0 && text.split("'").length > 2) {
      const [first, , ...rest] = text.split("'");
      [charset, text] = [first, rest.join("'")];
    }
    data = joined(data, encoded ? unquoted(text) : utf8(text));
  }
  return decodeCharset(data, charset);
}

function unquoted(text) {
  const string = byteString(utf8(text));
  return ofBytes(string.replace(/%([0-9A-Fa-f]{2})/g, (_, code) => String.fromCharCode(parseInt(code, 16))));
}

// Message ids of a field, without brackets, in order, each once.
function messageIds(value) {
  const marked = value.includes("<");
  const found = marked ? [...value.matchAll(/<([^<>]{1,2000})>/g)].map((each) => each[1]) : words(value);
  const clean = found.slice(-500).map((each) => each.replace(/[^!-;=?-~]/g, "").slice(0, 500));
  return [...new Set(clean.filter((each) => each && (marked || each.includes("@"))))];
}
