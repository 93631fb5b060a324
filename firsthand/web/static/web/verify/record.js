// The record: canonical bytes only (RFC 8785), signed by the office (Data Integrity eddsa-jcs-2022),
// and the salted digests by which it is bound to one letter.

class Forged extends Refused {} // it is not what its issuer signed, or is no record at all

// RFC 8785 for what a record holds: strings, whole numbers, truth values, lists and objects.
function canonicalJson(value) {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(",")}]`;
  if (typeof value === "number" && !Number.isSafeInteger(value)) throw new Forged("a number with a fraction");
  if (typeof value === "string" && !value.isWellFormed()) throw new Forged("half a character");
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  const names = Object.keys(value).sort(); // by UTF-16 code units, as RFC 8785 wants it
  return `{${names.map((name) => `${canonicalJson(name)}:${canonicalJson(value[name])}`).join(",")}}`;
}

// A record's fields. A key that stands twice, or a fraction, is no canonical form of anything.
function readRecord(bytes) {
  const text = strictUtf8(bytes);
  let value;
  let canonical;
  try {
    value = JSON.parse(text ?? "");
    canonical = canonicalJson(value);
  } catch (problem) {
    const why = problem instanceof Refused ? problem.message : "it is no JSON in UTF-8";
    throw new Forged(`The byline is not readable: ${why}.`);
  }
  if (!isObject(value) || canonical !== text) throw new Forged("The byline is not in canonical form.");
  if (!isObject(value.credentialSubject) || !isObject(value.proof)) {
    throw new Forged("The byline has no subject or no proof.");
  }
  return value;
}

const isObject = (value) => typeof value === "object" && value !== null && !Array.isArray(value);

// The 32 bytes of a Multikey (z6Mk…), or null.
function fromMultikey(text) {
  const raw = text.startsWith("z") ? fromBase58(text.slice(1)) : null;
  return raw && raw.length === 34 && raw[0] === 0xed && raw[1] === 0x01 ? raw.slice(2) : null;
}

const toMultikey = (key) => `z${toBase58(joined([0xed, 0x01], key))}`;

async function ed25519Holds(key, signature, message) {
  try {
    const known = await crypto.subtle.importKey("raw", key, { name: "Ed25519" }, false, ["verify"]);
    return await crypto.subtle.verify({ name: "Ed25519" }, known, signature, message);
  } catch (problem) {
    if (problem.name === "NotSupportedError") throw problem;
    return false;
  }
}

// The fields of a record, and which of the keys (32 bytes each) signed it.
async function signedRecord(bytes, keys) {
  let failure = new Forged("No key signed it.");
  for (const key of keys) {
    try {
      return { fields: await checkRecord(bytes, key), key };
    } catch (problem) {
      if (!(problem instanceof Forged)) throw problem;
      failure = problem;
    }
  }
  throw failure;
}

async function checkRecord(bytes, key) {
  const fields = readRecord(bytes);
  const { proof, ...unsigned } = fields;
  const { proofValue, ...options } = proof;
  if (options.cryptosuite !== "eddsa-jcs-2022" || options.type !== "DataIntegrityProof") {
    throw new Forged("The byline is signed in a way that is not known here.");
  }
  const contexts = [options["@context"], unsigned["@context"]].map((each) => canonicalJson(each ?? null));
  if (contexts[0] !== contexts[1] || options.proofPurpose !== "assertionMethod") {
    throw new Forged("The byline's proof is made for something else.");
  }
  const encoded = String(proofValue ?? "");
  const signature = fromBase58(encoded.slice(1));
  const hashes = [await sha256(utf8(canonicalJson(options))), await sha256(utf8(canonicalJson(unsigned)))];
  const whole = signature !== null && encoded === `z${toBase58(signature)}`;
  if (!whole || !(await ed25519Holds(key, signature, joined(...hashes)))) {
    throw new Forged("The byline was not signed by this key.");
  }
  return fields;
}

// Whatever is told of a record or compared is of the kind that it must be; as in firsthand/verifier/shape.py.
function mustBeShaped({ id, issuer, log, validFrom, proof, credentialSubject: subject }) {
  const { author, contributor, attachmentDigests = [] } = subject;
  if (![author, contributor, attachmentDigests].every(Array.isArray)) throw new Refused("a list is missing");
  if (![...author, ...contributor].every(isObject)) throw new Refused("somebody is nobody");
  const perhaps = ["digestMultibase", "act", "replaces", "replacesRecord", "change"];
  const texts = [
    id, issuer, log, validFrom, proof.verificationMethod,
    subject.id, subject.channel, subject.level, subject.ai, subject.accountablePerson, subject.sender,
    subject.placeDigest, ...attachmentDigests,
    ...perhaps.filter((name) => subject[name] !== undefined).map((name) => subject[name]),
    ...[...author, ...contributor].flatMap((person) => [person.id, person.name]),
  ];
  if (!texts.every((text) => typeof text === "string")) throw new Refused("a text is missing");
}

// What a passkey signs: the statement, which is the record without what came when it left.
async function consentChallenge(fields) {
  const { proof, evidence, seq, validFrom, ...statement } = fields;
  return sha256(utf8(canonicalJson(statement)));
}

// A salted commitment: multibase `u`, multihash sha2-256 of salt and content.
async function saltedDigest(salt, content) {
  return `u${toBase64url(joined([0x12, 0x20], await sha256(salt, content)))}`;
}

// Unicode NFC, with LF line ends, trailing blanks of lines and of the text cut.
function canonicalText(text) {
  const lines = text.replaceAll("\r\n", "\n").replaceAll("\r", "\n").normalize("NFC").split("\n");
  return cutEnd(lines.map((line) => cutEnd(line, /[ \t\f\v\u00a0]/)).join("\n"), /\n/);
}

const textDigest = (salt, text) => saltedDigest(salt, utf8(canonicalText(text).toWellFormed()));

function placeDigest(salt, letter) {
  const place = {
    from: letter.author.toLowerCase(),
    inReplyTo: letter.inReplyTo,
    subject: canonicalText(letter.subject),
    to: [...new Set(letter.recipients.map((each) => each.toLowerCase()))].sort(byCodePoint),
  };
  return saltedDigest(salt, utf8(canonicalJson(place)));
}

function byCodePoint(one, two) {
  const [a, b] = [[...one], [...two]];
  const at = a.findIndex((letter, index) => letter !== b[index]);
  if (at < 0) return a.length - b.length;
  return b[at] === undefined ? 1 : a[at].codePointAt(0) - b[at].codePointAt(0);
}

// Kinds of a public revision, lightest first (docs/publishing.md).
const CHANGES = ["format", "typo", "link", "addition", "substance", "correction", "retraction"];

// What can be done without a word.
const REACTIONS = ["like", "boost", "follow"];

// The log entry that a record must have: everything in it follows from the record. Throws where a
// field is missing or is none that an office could have written.
async function entryOf(bytes, fields) {
  const { level, ai, channel } = fields.credentialSubject;
  const day = String(fields.validFrom).slice(0, 10);
  const isDay = /^\d{4}-\d\d-\d\d$/.test(day) && !Number.isNaN(Date.parse(`${day}T00:00:00Z`));
  const real = isDay && new Date(`${day}T00:00:00Z`).toISOString().startsWith(day);
  if (!real || !Object.hasOwn(LEVELS, level) || !Object.hasOwn(AIS, ai) || channel === undefined) {
    throw new Refused("a field is missing");
  }
  const record = toHex(await sha256(bytes));
  const entry = { v: 1, level, ai, channel: String(channel), day, record };
  const { act, replaces, replacesRecord, change } = fields.credentialSubject;
  if (act !== undefined) {
    if (!REACTIONS.includes(act)) throw new Refused("a field is missing");
    return utf8(canonicalJson({ ...entry, kind: "reaction", act }));
  }
  if (replaces === undefined) return utf8(canonicalJson({ ...entry, kind: "byline" }));
  const isHash = typeof replacesRecord === "string" && /^[0-9a-f]{64}$/.test(replacesRecord);
  if (!isHash || !CHANGES.includes(change)) throw new Refused("a field is missing");
  return utf8(canonicalJson({ ...entry, kind: "revision", change, replaces: replacesRecord }));
}
