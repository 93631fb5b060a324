// What a received mail says for itself: the exact text, the record, and what the seal covers.
// All of it claims until it is checked.

const RECORD_TYPE = "application/vc";
const RECORD_NAME = "byline.vc";
const PROOF_TYPE = "application/vnd.c2sp.tlog-proof";
const PROOF_NAME = "byline.tlog-proof";

function readLetter(bytes) {
  const found = readParts(bytes);
  const { fields } = found[0];
  const leaves = found.filter((part) => !part.kind.startsWith("multipart/"));
  const text = leaves.find((part) => part.kind === "text/plain" && part.disposition !== "attachment" && !part.name);
  const record = ownPart(leaves, RECORD_TYPE, RECORD_NAME);
  const proof = ownPart(leaves, PROOF_TYPE, PROOF_NAME);
  const authors = readAddresses(fields.all("from").join(", "));
  return {
    text: text ? text.text() : "",
    record: record ? record.content() : null,
    proof: proof ? proof.content() : null,
    byline: decodeWords(fields.first("byline")),
    author: authors.length === 1 ? authors[0].address : "", // with several, nobody knows who is meant
    authorName: authors.length === 1 ? authors[0].name : "",
    recipients: ["to", "cc"].flatMap((name) =>
      readAddresses(fields.all(name).join(", ")).map((each) => each.address)),
    // A field that stands twice is read as both: programs differ in which one they show.
    subject: decodeWords(fields.all("subject").join(" ")),
    subjectId: `mid:${messageIds(fields.first("message-id"))[0] || ""}`,
    inReplyTo: messageIds(fields.first("in-reply-to"))[0] || "",
    files: leaves.filter((part) => ![text, record, proof].includes(part)).map((part) => part.content()),
  };
}

// The last part of its type, else (a gateway may change types) the last of its name.
function ownPart(leaves, kind, name) {
  const typed = leaves.filter((part) => part.kind === kind);
  return (typed.length ? typed : leaves.filter((part) => part.name === name)).at(-1) || null;
}

// The salt: from the Byline field, else from the link, which in a mail stands in the text. Null where there is none.
function saltOf(sealed) {
  const salt = saltInField(sealed.byline);
  if (salt) return salt;
  const text = sealed.link || sealed.text;
  const link = text.includes("/b/") ? text.slice(text.lastIndexOf("/b/") + 3) : text;
  const [fragment = ""] = words(parted(link, "#")[2]);
  return readSalt(fragment.slice(0, 43));
}

function readSalt(text) {
  const salt = fromBase64url(text);
  return salt && salt.length === 32 ? salt : null;
}

function saltInField(value) {
  const [url, ...rest] = value.split(";").map((part) => trimmed(part));
  if (!/^https?:\/\/[^\s;<>"?#]{1,300}\/b\/[A-Za-z0-9_-]{1,32}$/.test(url)) return null;
  const pairs = rest.filter(Boolean).map((part) => parted(words(part).join(""), "="));
  const values = new Map(pairs.map(([name, , given]) => [name, given]));
  if (values.size !== pairs.length) return null;
  const whole = /^(0|[1-9][0-9]{0,18})$/.test(values.get("index") || "") && Object.hasOwn(LEVELS, values.get("level") || "");
  return whole ? readSalt(values.get("salt") || "") : null;
}
