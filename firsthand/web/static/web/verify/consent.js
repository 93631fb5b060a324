// Did a person's own passkey sign this very statement? (WebAuthn Level 3, 7.2; P-256 and Ed25519)
// Which passkeys to believe is the reader's choice, never this file's.

const EVIDENCE = "WebAuthnAssertion";
const MOST_EVIDENCE = 32;
const LONGEST_PATH = 64;
const [TOUCH_PRESENT, FIXED_DATA] = [0x01, 37];
const NOT_LOOKED_UP =
  "Whether its passkey was in the log before it, and not revoked, was not looked up in the log.";

const peopleOf = (subject) => [...(subject.author ?? []), ...(subject.contributor ?? [])];

// Whose passkeys signed, and what could not be checked for want of a key. `passkeys`: Map of name to
// what `readPasskey` gave.
async function handSignatures(fields, passkeys) {
  const items = fields.evidence === undefined ? [] : fields.evidence;
  if (!Array.isArray(items) || items.length > MOST_EVIDENCE) {
    throw new Forged("The byline's evidence is not readable.");
  }
  const challenge = await consentChallenge(fields);
  const [signed, unsure] = [[], []];
  for (const item of items) {
    if (!isObject(item) || item.type !== EVIDENCE) continue;
    const claim = claimOf(fields, item);
    const known = passkeys.get(claim.key);
    if (!known) {
      unsure.push(
        `A passkey of ${claim.name} signed it too, but that key is not known here, so ` +
          "only the office's signature counts.",
      );
      continue;
    }
    await checkAssertion(item, challenge, known, baseOf(fields));
    signed.push(claim);
  }
  return { signed, unsure };
}

function claimOf(fields, item) {
  const subject = fields.credentialSubject;
  const person = String(item.signer);
  const names = new Map(peopleOf(subject).map((one) => [String(one.id), String(one.name)]));
  const [did, , key] = parted(String(item.publicKey), "#");
  const own = key.startsWith(`${person.slice(person.lastIndexOf("#") + 1)}-passkey-`);
  if (!names.has(person) || did !== fields.issuer || !own || !Number.isSafeInteger(item.keyEntry)) {
    throw new Forged("A passkey's signature is said to be of somebody whose it is not.");
  }
  return { person, name: names.get(person), key };
}

// The office's address, which must be that of its issuer: passkeys are bound to the address.
function baseOf(fields) {
  const id = String(fields.id);
  const base = id.slice(0, Math.max(id.lastIndexOf("/b/"), 0));
  const host = parted(base, "://")[2].replaceAll(":", "%3A").replaceAll("/", ":");
  if (!base.includes("://") || `did:web:${host}` !== fields.issuer) {
    throw new Forged("The byline's address is not that of its issuer.");
  }
  return base;
}

async function checkAssertion(item, challenge, known, base) {
  const [data, client, signature] = ["authenticatorData", "clientDataJSON", "signature"]
    .map((name) => fromBase64url(item[name]));
  if (!data || !client || !signature || typeof item.credentialId !== "string") {
    throw new Forged("The signature of a passkey is damaged.");
  }
  const said = readClient(client);
  if (said.type !== "webauthn.get") throw new Forged("The passkey's signature was made for something else.");
  if (said.origin !== base || (said.crossOrigin ?? false) !== false) {
    throw new Forged("The passkey was touched on another site's page.");
  }
  await checkChallenge(item.batch ?? null, challenge, String(said.challenge ?? ""));
  const site = await sha256(utf8(new URL(base).hostname));
  if (data.length < FIXED_DATA || !same(data.slice(0, 32), site)) {
    throw new Forged("The passkey is one for another site.");
  }
  if (!(data[32] & TOUCH_PRESENT)) throw new Forged("The passkey answered without being touched.");
  if (!(await passkeyHolds(known, signature, joined(data, await sha256(client))))) {
    throw new Forged("The signature is not that of this passkey.");
  }
}

function readClient(bytes) {
  let said = null;
  try {
    said = JSON.parse(strictUtf8(bytes));
  } catch {
    // It is told below.
  }
  if (!isObject(said)) throw new Forged("What the browser signed cannot be read.");
  return said;
}

// The challenge itself, or the root of the tree over the several that one touch answered.
async function checkChallenge(batch, challenge, answered) {
  const another = new Forged("The passkey was touched for another text.");
  if (batch === null) {
    if (answered !== toBase64url(challenge)) throw another;
    return;
  }
  const path = Array.isArray(batch.path) ? batch.path.map(fromBase64url) : [null];
  const numbers = [batch.index, batch.size].every(Number.isSafeInteger);
  if (!numbers || path.length > LONGEST_PATH || path.includes(null)) {
    throw new Forged("The signature of a passkey is damaged.");
  }
  const place = { index: BigInt(batch.index), hashes: path };
  try {
    const root = fromBase64url(answered) ?? new Uint8Array();
    await checkInclusion(await sha256([0], challenge), place, { size: BigInt(batch.size), root });
  } catch (refused) {
    throw refused instanceof Refused ? another : refused;
  }
}

// A passkey as a Multikey: {kind, key}, or null.
function readPasskey(text) {
  const raw = text.startsWith("z") ? fromBase58(text.slice(1)) : null;
  if (raw && raw.length === 35 && raw[0] === 0x80 && raw[1] === 0x24) return { kind: "P-256", key: raw.slice(2) };
  const key = fromMultikey(text);
  return key && { kind: "Ed25519", key };
}

async function passkeyHolds({ kind, key }, signature, message) {
  if (kind === "Ed25519") return ed25519Holds(key, signature, message);
  try {
    return await p256Holds(key, signature, message);
  } catch {
    return false; // the key is no point of the curve
  }
}

async function p256Holds(point, signature, message) {
  const kind = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
  const known = await crypto.subtle.importKey("raw", wholePoint(point), kind, false, ["verify"]);
  const numbers = fromDer(signature);
  return numbers !== null && crypto.subtle.verify(kind, known, numbers, message);
}

// Browsers want a point of P-256 with both coordinates; a Multikey has x and the parity of y.
function wholePoint(point) {
  const prime = 2n ** 256n - 2n ** 224n + 2n ** 192n + 2n ** 96n - 1n;
  const b = 0x5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604bn;
  if (point.length !== 33 || (point[0] !== 2 && point[0] !== 3)) throw new Refused("no compressed point");
  const x = BigInt(`0x${toHex(point.slice(1))}`);
  const square = (x ** 3n - 3n * x + b) % prime;
  let y = power(square, (prime + 1n) / 4n, prime);
  if ((y & 1n) !== BigInt(point[0] & 1)) y = prime - y;
  return joined([4], point.slice(1), ofHex(y.toString(16).padStart(64, "0")));
}

const ofHex = (text) => Uint8Array.from(text.match(/../g), (pair) => parseInt(pair, 16));

function power(base, exponent, modulus) {
  let result = 1n;
  for (let square = base % modulus; exponent; exponent >>= 1n) {
    if (exponent & 1n) result = (result * square) % modulus;
    square = (square * square) % modulus;
  }
  return result;
}

// An ECDSA signature as passkeys write it (DER: a sequence of two whole numbers) as browsers read it.
function fromDer(bytes) {
  const found = [];
  let at = 2;
  if (bytes[0] !== 0x30 || bytes[1] !== bytes.length - 2) return null;
  for (let turn = 0; turn < 2; turn += 1) {
    const length = bytes[at + 1];
    const number = bytes.slice(at + 2, at + 2 + length);
    const padded = number[0] === 0 && number.length > 1;
    const plain = number.length === length && length > 0 && !(number[0] & 0x80) && !(padded && !(number[1] & 0x80));
    if (bytes[at] !== 0x02 || !plain) return null;
    const short = padded ? number.slice(1) : number;
    if (short.length > 32) return null;
    found.push(joined(new Uint8Array(32 - short.length), short));
    at += 2 + length;
  }
  return at === bytes.length ? joined(...found) : null;
}
