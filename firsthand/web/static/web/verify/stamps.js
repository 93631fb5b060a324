// A timestamp of a head (RFC 3161) from a log's timestamp/SIZE: what it says, and of what. Whose it is is not
// checked here, for that takes certificates; so its time is told as what it says, and proves nothing.

const STAMP_HEADER = "firsthand-timestamp/1";
const SHA256_ID = "608648016503040201"; // 2.16.840.1.101.3.4.2.1
const TST_INFO = "060b2a864886f70d0109100104"; // the object identifier id-ct-TSTInfo, 1.2.840.113549.1.9.16.1.4

// The answer and the checkpoint in the file of a timestamp.
function parseStamp(bytes) {
  const [head, , checkpoint] = parted(byteString(bytes), "\n\n");
  const [first, , answer] = parted(head, "\n");
  must(first === STAMP_HEADER && checkpoint, "This is no file of a timestamp, or it was changed.");
  return { answer: strictBase64(answer), checkpoint: ofBytes(checkpoint) };
}

// One element of DER at `at`: its tag, its content, and where it ends.
function der(bytes, at) {
  let [size, start] = [bytes[at + 1], at + 2];
  if (size > 0x80 && size <= 0x83) {
    const width = size & 0x7f;
    size = [...bytes.subarray(start, start + width)].reduce((sum, byte) => sum * 256 + byte, 0);
    start += width;
  } else {
    must(size < 0x80, "The timestamp is not readable.");
  }
  must(start + size <= bytes.length, "The timestamp is not readable.");
  return { tag: bytes[at], body: bytes.subarray(start, start + size), end: start + size };
}

function derList(bytes) {
  const found = [];
  for (let at = 0; at < bytes.length; at = found.at(-1).end) found.push(der(bytes, at));
  return found;
}

// What an answer says: the digest that was stamped, in hex, and the time.
function stampInfo(answer) {
  const at = toHex(answer).indexOf(TST_INFO);
  must(at >= 0 && at % 2 === 0, "The timestamp is not readable.");
  const wrapped = der(answer, at / 2 + TST_INFO.length / 2); // [0] of an OCTET STRING of a SEQUENCE
  const fields = derList(der(der(wrapped.body, 0).body, 0).body);
  must(fields.length >= 5 && fields[2].tag === 0x30 && fields[4].tag === 0x18, "The timestamp is not readable.");
  const [kind, digest] = derList(fields[2].body);
  must(toHex(derList(kind.body)[0]?.body ?? []) === SHA256_ID, "The timestamp is over another kind of digest than SHA-256.");
  const time = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(?:\.\d+)?Z$/.exec(byteString(fields[4].body));
  must(digest && time, "The timestamp is not readable.");
  const [, year, month, day, hour, minute, second] = time;
  return { digest: toHex(digest.body), time: `${year}-${month}-${day}T${hour}:${minute}:${second}Z` };
}

// What to tell of a stamp beside a proof that holds. Throws Fork where it is of another past of the log.
async function stampNotices(stamp, checkpoint, verifier) {
  let head;
  let said;
  try {
    head = await openCheckpoint(stamp.checkpoint, verifier);
    said = stampInfo(stamp.answer);
    const note = byteString(stamp.checkpoint);
    const text = ofBytes(note.slice(0, note.lastIndexOf("\n\n") + 1));
    must(said.digest === toHex(await sha256(text)), "It is over another head than the one beside it.");
  } catch (refused) {
    if (!(refused instanceof Refused)) throw refused;
    return [`The timestamp does not count: ${refused.message}`];
  }
  if (head.size !== checkpoint.size) {
    const sizes = `The timestamp is of ${head.size} entries, the proof is of ${checkpoint.size}`;
    return [`${sizes}: only the log itself can show that one grew out of the other.`];
  }
  if (!same(head.root, checkpoint.root)) {
    const fork = `Two different logs of ${head.size} entries were signed: this is a fork.`;
    throw new Fork(`A timestamp is of another past of this log: ${fork}`);
  }
  return [`A timestamp of these ${head.size} entries says ${said.time}. Whose it is was not checked: firsthand verify --tsa does that.`];
}
