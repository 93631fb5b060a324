// The office's own keys over time, from its key file (docs/log-format.md, "Keys of the office"). The file's
// entries are signed from one key to the next, so whoever knows one of them knows all.

const KEY_SIGNED = "firsthand office key\n";

// The entries of a key file with their proofs; null where the text is none.
function parseKeyFile(bytes) {
  const [first, ...parts] = byteString(bytes).split(`${PROOF_HEADER}\n`);
  must(!first && parts.length && parts.length <= 500, "This is no key file of an office: fetch it again.");
  const proofs = parts.map((part) => parseProof(ofBytes(`${PROOF_HEADER}\n${part}`)));
  const file = proofs.map((proof) => ({ proof, index: proof.index, fields: officeKeyFields(proof.extra) }));
  const ordered = file.every(({ index, fields }, at) => fields && (!at || index > file[at - 1].index));
  must(ordered, "The key file holds other things than keys, or not in their order.");
  return file;
}

// The fields of a canonical `key` entry about the office's own keys, or null.
function officeKeyFields(leaf) {
  const text = strictUtf8(leaf);
  try {
    const fields = JSON.parse(text ?? "");
    const whole = isObject(fields) && canonicalJson(fields) === text && fields.v === 1;
    const simple = whole && Object.values(fields).every((each) => ["string", "number"].includes(typeof each));
    return simple && fields.kind === "key" && Object.hasOwn(fields, "name") ? fields : null;
  } catch {
    return null;
  }
}

// {spans, logs, recoveries}: which key spoke from which entry to which. Entries that nobody with a right to it
// signed change nothing.
async function replayKeys(origin, file) {
  let history = { spans: [], logs: [], recoveries: [] };
  for (const { index, fields } of file) history = (await afterEntry(history, origin, index, fields)) || history;
  return history;
}

async function afterEntry(history, origin, index, fields) {
  const live = history.spans.findLast((span) => span.end === null);
  const newest = history.recoveries.at(-1) || "";
  const recovery = fields.recovery || "";
  const since = fields.from === undefined ? index : typeof fields.from === "number" ? BigInt(fields.from) : -1n;
  let signer = "";
  if (fields.act === "added" && !history.spans.length) {
    if (!recovery) return withKeys(history, index, fields);
    signer = recovery;
  } else if (fields.act === "changed" && live && !recovery && since === index) {
    signer = live.key;
  } else if (fields.act === "recovery" && live && !newest && since === index) {
    signer = fields.key === live.key ? live.key : "";
  } else if (fields.act === "recovered" && live && since > 0n && since <= index) {
    signer = recovery ? newest : "";
  }
  if (!signer || !(await entrySigned(origin, fields, signer))) return null;
  if (fields.act === "recovery") return { ...history, recoveries: [recovery] };
  return withKeys(endedAt(history, since), index, fields);
}

// All keys end at `since`; those that began there or later never were the office's.
function endedAt({ spans, logs, recoveries }, since) {
  const ended = spans.map((span) => {
    if (span.end !== null && span.end <= since) return span;
    return { ...span, end: since > span.start ? since : span.start };
  });
  return { spans: ended, logs: logs.filter((log) => log.start < since), recoveries };
}

function withKeys({ spans, logs, recoveries }, index, { name, key = "", log = "", recovery = "" }) {
  return {
    spans: [...spans, { name: String(name), key: String(key), start: index, end: null }],
    logs: log ? [...logs, { vkey: String(log), start: index }] : logs,
    recoveries: recovery ? [...recoveries, String(recovery)] : recoveries,
  };
}

async function entrySigned(origin, fields, signer) {
  const { signature, ...unsigned } = fields;
  const encoded = String(signature ?? "");
  const bytes = fromBase58(encoded.slice(1));
  const key = fromMultikey(String(signer));
  if (!bytes || encoded !== `z${toBase58(bytes)}` || !key || !fromMultikey(String(fields.key))) return false;
  return ed25519Holds(key, bytes, utf8(`${KEY_SIGNED}${origin}\n${canonicalJson(unsigned)}`));
}

const spoke = (span, index) => span.start < index && (span.end === null || index < span.end);

// The key file's history if one of the reader's keys is in it, else null.
async function believedHistory(file, fields, keys) {
  if (!file) return null;
  const origin = parted(trimmed(String(fields.log)), "+")[0];
  const history = await replayKeys(origin, file);
  const valid = history.spans.filter((span) => span.end === null || span.start < span.end).map((span) => span.key);
  const known = new Set([...valid, ...history.recoveries]);
  return keys.some((key) => known.has(toMultikey(key))) ? history : null;
}

// Why `key` did not speak for the office at entry `index`; "" where it did.
function outOfDate(history, key, index) {
  const spans = history.spans.filter((span) => span.key === key);
  if (spans.some((span) => spoke(span, index))) return "";
  const ended = spans.findLast((span) => span.end !== null);
  if (!ended) return "The log does not show that this key is the office's.";
  return (
    `The office ended its key ${ended.name} at entry ${ended.end} of the log, and ` +
    `this is entry ${index}: whoever signed it was not the office.`
  );
}

// Refused unless each key entry is in the log by its proof, and each head has the log key's signature that is due.
async function proveKeys(file, history, checkpoint, note, verifier) {
  const vkey = history.logs.findLast((log) => log.start < checkpoint.size)?.vkey;
  if (vkey) await openCheckpoint(note, await parseVerifier(vkey));
  for (const { proof } of file) await checkProof(proof, proof.extra, verifier);
}
