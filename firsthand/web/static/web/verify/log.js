// That an entry is in the log: C2SP signed-note, tlog-checkpoint and tlog-proof, RFC 9162 2.1.3.2.
// Each refusal is the sentence that `firsthand verify` says.

const PROOF_HEADER = "c2sp.org/tlog-proof@v1";
const MAX_SIZE = 2n ** 63n - 1n;
const MAX_SIGNATURES = 100;
const DASH = "\u2014 ";

function must(holds, why) {
  if (!holds) throw new Refused(why);
}

// RFC 4648 section 4, and only the one true encoding.
function strictBase64(text) {
  must(/^[A-Za-z0-9+/]*={0,2}$/.test(text) && text.length % 4 === 0, "A line is not base64: fetch the text again.");
  const bytes = ofBytes(atob(text));
  must(toBase64(bytes) === text, "A line is not canonical base64: the text was changed.");
  return bytes;
}

function parseDecimal(text) {
  must(/^(0|[1-9][0-9]*)$/.test(text), `'${text.slice(0, 30)}' is not a plain decimal number: the text was changed.`);
  must(text.length <= 19, "A number is larger than any log can be: the text was changed.");
  return BigInt(text);
}

const isName = (name) => Boolean(name) && !name.includes("+") && ![...name].some((letter) => BLANK.test(letter));
const hasControl = (text) => /[\x00-\x09\x0b-\x1f]/.test(text);

// A verifier key, `name+id+key`.
async function parseVerifier(vkey) {
  const [name, hasId, rest] = parted(trimmed(vkey), "+");
  const [id, hasKey, encoded] = parted(rest, "+");
  must(hasId && hasKey, "This is not a note key: it must read name+id+key. Copy it in full.");
  const key = strictBase64(encoded);
  must(key[0] === 1 && key.length === 33 && isName(name), "The note key is of a kind we do not know: use Ed25519.");
  const named = await sha256(utf8(`${name}\n`), key);
  must(toHex(named.slice(0, 4)) === id, `The key of ${name} does not fit its id: copy it again in full.`);
  return { name, id, key: key.slice(1) };
}

// The text of a note that this key signed; signatures of other keys are passed over.
async function openNote(bytes, verifier) {
  const whole = strictUtf8(bytes);
  must(whole !== null, "The note is not UTF-8: fetch it again.");
  const end = whole.lastIndexOf("\n\n");
  must(
    end >= 0 && whole.length > end + 2 && whole.endsWith("\n") && !hasControl(whole),
    "This is not a signed note: no text, blank line and signature lines.",
  );
  const text = whole.slice(0, end + 1);
  const lines = whole.slice(end + 2, -1).split("\n");
  must(lines.length <= MAX_SIGNATURES, `The note has more than ${MAX_SIGNATURES} signatures: it is not read.`);
  let signed = false;
  for (const { name, id, body } of lines.map(parseSignature)) {
    if (name !== verifier.name || id !== verifier.id) continue;
    const holds = await ed25519Holds(verifier.key, body, utf8(text));
    must(holds, `The signature of ${name} is wrong: the note was changed.`);
    signed = true;
  }
  must(signed, "No known key has signed this note: do not trust it.");
  return text;
}

function parseSignature(line) {
  const [name, , encoded] = parted(line.slice(DASH.length), " ");
  must(
    line.startsWith(DASH) && isName(name),
    "A signature line of the note is malformed: fetch the note again.",
  );
  const blob = strictBase64(encoded);
  must(blob.length >= 5, "A signature of the note is too short: fetch the note again.");
  return { name, id: toHex(blob.slice(0, 4)), body: blob.slice(4) };
}

// The size and root that this log has signed.
async function openCheckpoint(bytes, verifier) {
  const text = await openNote(bytes, verifier);
  const lines = text.split("\n");
  must(lines.length >= 4 && lines.pop() === "", "This is not a checkpoint: it needs origin, size and root lines.");
  const [origin, size, root] = [lines[0], parseDecimal(lines[1]), strictBase64(lines[2])];
  must(lines.every(Boolean), "A checkpoint's origin and extensions are non-empty single lines.");
  must(size <= MAX_SIZE && root.length === 32, "A checkpoint has a size of at most 2^63-1 and a root of 32 bytes.");
  const empty = size !== 0n || same(root, await sha256(new Uint8Array()));
  must(empty, "An empty log cannot have this root: do not trust this checkpoint.");
  must(origin === verifier.name, `This is the checkpoint of ${origin}, not of ${verifier.name}.`);
  return { origin, size, root };
}

// An offline proof, its form checked only.
function parseProof(bytes) {
  const [head, blank, checkpoint] = parted(byteString(bytes), "\n\n");
  must(ascii(head), "The proof is not plain text: fetch it again.");
  const [first, ...lines] = head.split("\n");
  must(first === PROOF_HEADER && blank, `This is not a proof that begins with ${PROOF_HEADER}.`);
  let extra = new Uint8Array();
  if (lines.length && lines[0].startsWith("extra ")) {
    extra = strictBase64(lines.shift().slice(6));
    must(extra.length, "The proof is not written the one true way: it was changed.");
  }
  must(lines.length && lines[0].startsWith("index "), "The proof does not say which entry it is for: fetch it again.");
  const index = parseDecimal(lines[0].slice(6));
  return { index, hashes: lines.slice(1).map(strictBase64), checkpoint: ofBytes(checkpoint), extra };
}

// The checkpoint that proves `entry` logged.
async function checkProof(proof, entry, verifier) {
  const checkpoint = await openCheckpoint(proof.checkpoint, verifier);
  await checkInclusion(await sha256([0], entry), proof, checkpoint);
  return checkpoint;
}

async function checkInclusion(leaf, { index, hashes }, { size, root }) {
  must(
    [leaf, root, ...hashes].every((each) => each.length === 32),
    "A hash of the proof is not 32 bytes long: the proof is malformed.",
  );
  must(index >= 0n && index < size, `There is no entry ${index} in a log of ${size}: the proof is wrong.`);
  let [first, last, hash] = [index, size - 1n, leaf];
  for (const sibling of hashes) {
    must(last > 0n, "The inclusion proof is too long: do not trust this entry.");
    if (first & 1n || first === last) {
      hash = await sha256([1], sibling, hash);
      while (first && !(first & 1n)) [first, last] = [first >> 1n, last >> 1n];
    } else {
      hash = await sha256([1], hash, sibling);
    }
    [first, last] = [first >> 1n, last >> 1n];
  }
  must(last === 0n, "The inclusion proof is too short: do not trust this entry.");
  must(same(hash, root), `Entry ${index} is not in the log with this root: do not trust it.`);
}

// Is it in the log? `other`: a checkpoint that the reader has from elsewhere, or nothing; `office`: its key
// file and history, if the reader gave one; `stamp`: a timestamp of a head, or nothing.
async function findEntry(entry, verifier, proof, other, office, stamp) {
  const nothing = "It names no entry of the log, and brings no proof of one.";
  if (!proof || !proof.length) return { problems: [nothing], notices: [] };
  const notices = ["Checked by the proof inside, not against the log as it is today."];
  try {
    const parsed = parseProof(proof);
    const checkpoint = await checkProof(parsed, entry, verifier);
    if (other) notices.push(...(await compareHeads(other, checkpoint, verifier)));
    if (stamp) notices.push(...(await stampNotices(stamp, checkpoint, verifier)));
    if (office) {
      try {
        await proveKeys(office.file, office.history, checkpoint, parsed.checkpoint, verifier);
      } catch (refused) {
        if (!(refused instanceof Refused)) throw refused;
        return { problems: [`The log does not show the keys of the office: ${refused.message}`], notices: [] };
      }
    }
    return { checkpoint, index: parsed.index, problems: [], notices };
  } catch (refused) {
    if (!(refused instanceof Refused)) throw refused;
    const why = refused instanceof Fork ? refused.message : `The proof does not hold: ${refused.message}`;
    return { problems: [why], notices: [] };
  }
}

class Fork extends Refused {}

// Two heads of one size must have one root; of two sizes, only the log itself can show the growth.
async function compareHeads(bytes, checkpoint, verifier) {
  let head;
  try {
    head = await openCheckpoint(bytes, verifier);
  } catch (refused) {
    if (!(refused instanceof Refused)) throw refused;
    return [`The checkpoint from elsewhere was not used: ${refused.message}`];
  }
  const sizes = `The checkpoint from elsewhere is of ${head.size} entries, the proof is of ${checkpoint.size}`;
  if (head.size !== checkpoint.size) {
    return [`${sizes}: only the log itself can show that one grew out of the other.`];
  }
  if (!same(head.root, checkpoint.root)) {
    throw new Fork(
      "The proof is of another past of this log: " +
        `Two different logs of ${head.size} entries were signed: this is a fork.`,
    );
  }
  return ["The checkpoint from elsewhere is that of the proof: both readers see one log."];
}
