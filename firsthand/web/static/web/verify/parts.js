// The MIME parts of a message (RFC 2045, 2046), found without recursion and in bounded time.

const MAX_DEPTH = 40;
const MAX_PARTS = 2000;
const LIKE_BOUNDARY = /(?:^|\n)--([^ \t\n\r\f\v-][^\r\n]{0,199}|-[^\r\n]{1,199})\r?\n(?=Content-)/g;

// A leaf of the message, or (`kind` multipart/*) the start of a container.
class Part {
  constructor(raw, start, end, fields, kind, params, depth) {
    Object.assign(this, { raw, start, end, fields, kind, params, depth });
  }

  get disposition() {
    return parameters(this.fields.first("content-disposition"))[0];
  }

  get name() {
    const stated = parameters(this.fields.first("content-disposition"))[1].get("filename");
    const name = trimmed((stated || this.params.get("name") || "").replace(HIDDEN, ""));
    const file = name.slice(name.lastIndexOf("/") + 1).replace(/[/\\:*?"<>|]+/g, "_");
    return trimmed(file, /[. ]/).slice(0, 200);
  }

  get encoding() {
    return trimmed(this.fields.first("content-transfer-encoding").split(";")[0]).toLowerCase();
  }

  // The decoded bytes; a part with an unknown transfer encoding as it came.
  content() {
    const body = this.raw.slice(this.start, this.end);
    if (this.encoding === "base64") return looseBase64(body);
    if (this.encoding === "quoted-printable") return quotedPrintable(body.replaceAll("\r\n", "\n"));
    return ofBytes(body);
  }

  text() {
    const text = decodeCharset(this.content(), this.params.get("charset") || "");
    return this.encoding === "quoted-printable" ? text : text.replaceAll("\r\n", "\n");
  }
}

// Every container and leaf in reading order. The first one carries the message's own header.
function readParts(bytes) {
  const raw = normalRaw(byteString(bytes));
  const [fields, body] = splitHeader(raw);
  const waiting = [makePart(raw, body, raw.length, fields, 0, "")];
  const found = [];
  let count = 0;
  while (waiting.length) {
    const part = waiting.pop();
    found.push(part);
    if (!part.kind.startsWith("multipart/")) continue;
    const children = childrenOf(part, MAX_PARTS - count);
    count += children.length;
    waiting.push(...children.reverse());
  }
  return found;
}

// Without a leading postmark or blank lines, and with line ends that contain LF.
function normalRaw(given) {
  let raw = given.startsWith("\xef\xbb\xbf") ? given.slice(3) : given;
  raw = raw.replace(/^[\r\n]+/, "");
  if (raw.slice(0, 1000).includes("\r") && !raw.includes("\n")) raw = raw.replaceAll("\r", "\n");
  return raw.replace(/^>?From [^\n]{0,400}\n/, "");
}

function makePart(raw, start, end, fields, depth, parent) {
  let [kind, params] = parameters(fields.first("content-type"));
  const whole = kind.split("/").length === 2 && !kind.startsWith("/") && !kind.endsWith("/");
  if (!whole) {
    const otherwise = parent === "multipart/digest" ? "message/rfc822" : "text/plain";
    kind = kind.startsWith("text") ? "text/plain" : otherwise;
  } else if (kind.startsWith("multipart/") && depth >= MAX_DEPTH) {
    kind = "application/octet-stream";
  } else if (kind.startsWith("multipart/") && !occurs(params.get("boundary"), raw, start, end)) {
    LIKE_BOUNDARY.lastIndex = Math.max(start - 1, 0);
    const found = LIKE_BOUNDARY.exec(raw.slice(0, end));
    if (found) params = new Map([...params, ["boundary", found[1]]]);
    else kind = "text/plain";
  }
  return new Part(raw, start, end, fields, kind, params, depth);
}

function boundaryLine(boundary) {
  const mark = cutEnd(boundary).replace(/[^\x00-\xff]/g, "?").replace(/[\\^$.*+?()[\]{}|/-]/g, "\\$&");
  return new RegExp(`(?:\\r?\\n|^)--${mark}(--)?[ \\t]*(?:\\r?\\n|$)`, "g");
}

function occurs(boundary, raw, start, end) {
  if (!boundary) return false;
  const line = boundaryLine(boundary);
  line.lastIndex = Math.max(start - 1, 0);
  return line.test(raw.slice(0, end));
}

// The parts between the boundary lines of a container (RFC 2046 5.1.1).
function childrenOf(part, budget) {
  const within = part.raw.slice(0, part.end);
  const children = [];
  const line = boundaryLine(part.params.get("boundary"));
  let begin = -1;
  let position = Math.max(part.start - 1, 0);
  for (let turn = 0; turn <= budget; turn += 1) {
    line.lastIndex = position;
    const found = line.exec(within);
    if (begin >= 0) {
      const stop = Math.max(found ? found.index : part.end, begin);
      const [fields, body] = splitHeader(part.raw, begin, stop);
      children.push(makePart(part.raw, Math.min(body, stop), stop, fields, part.depth + 1, part.kind));
    }
    if (!found || found[1]) break;
    begin = line.lastIndex;
    position = Math.max(begin - 1, found.index + 1); // its line end may open the next boundary line
  }
  return children;
}
