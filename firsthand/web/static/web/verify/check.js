// Is this byline true? The checks in order, each with a plain sentence when it fails. The verdicts and
// sentences are those of `firsthand verify`; the tests compare them letter by letter.

const LEVELS = { firsthand: 3, approved: 2, on_behalf: 1, automated: 0 };
const AIS = { none: "", assisted: "", generated: "" };
const NO_KEY = "No key of this office is known here, so its signature proves nothing. Give one above.";

// `believed`, in the answer: the key that signed, and the names of the passkeys that did.
// `keys`: 32 bytes each, believed by the reader; `passkeys`: Map of name to `readPasskey`; `proof`: instead of the
// one inside; `checkpoint`: from elsewhere.
// `stamp`: a timestamp of a head, as `parseStamp` read it; `keyFile`: what the log says of the office's keys, as `parseKeyFile` read it.
// `sealed`: a letter as `readLetter` gives it, or one revision of a post.
async function checkSealed(sealed, { keys = [], passkeys = new Map(), proof = null, checkpoint = null, keyFile = null, stamp = null }) {
  if (!sealed.record || !sealed.record.length) {
    const why = sealed.byline || sealed.link ? "The byline's record is missing." : "It carries no byline.";
    return verdictOf("unknown", [`${why} Nothing can be said about who wrote it.`]);
  }
  if (!keys.length) return verdictOf("unknown", [NO_KEY]);
  let found;
  try {
    found = await readSigned(sealed.record, keys, passkeys, keyFile);
  } catch (problem) {
    if (problem.name === "NotSupportedError") throw problem;
    const why = problem instanceof Forged ? problem.message : "The byline is incomplete.";
    return verdictOf("forged", [why]);
  }
  const office = found.history && { file: keyFile, history: found.history };
  const logged = await findEntry(found.entry, found.verifier, proof || sealed.proof, checkpoint, office, stamp);
  const old = office && logged.checkpoint ? outOfDate(found.history, found.told.believed[0], logged.index) : "";
  if (old) return verdictOf("forged", [old]);
  const problems = [...logged.problems, ...(await misfits(sealed, found.fields, saltOf(sealed)))];
  const altered = problems.length > logged.problems.length;
  const verdict = altered ? "altered" : logged.checkpoint ? "verified" : "unlogged";
  const notices = [...logged.notices, ...found.hands.unsure];
  if (found.hands.signed.length && logged.checkpoint) notices.push(NOT_LOOKED_UP);
  notices.push(...domainNotice(sealed, found.told.signedBy), ...oddNotices(sealed, found.told.people));
  return { ...verdictOf(verdict, problems, notices), ...found.told, checkpoint: logged.checkpoint || null };
}

function verdictOf(verdict, problems = [], notices = []) {
  return { verdict, problems, notices, level: "", ai: "", signedBy: "", loggedAt: "", url: "", people: [],
    signers: [], strength: "", believed: [], checkpoint: null };
}

// All that the signature covers; Forged, or another error where a field is missing or strange.
async function readSigned(record, keys, passkeys, keyFile) {
  const history = await believedHistory(keyFile, readRecord(record), keys);
  const later = history ? history.spans.map((span) => fromMultikey(span.key)).filter(Boolean) : [];
  const { fields, key } = await signedRecord(record, [...keys, ...later]);
  mustBeShaped(fields);
  const subject = fields.credentialSubject;
  const entry = await entryOf(record, fields);
  const verifier = await parseVerifier(String(fields.log));
  if (fields.issuer === undefined || fields.id === undefined) throw new Refused("a field is missing");
  const hands = await handSignatures(fields, passkeys);
  const told = {
    level: subject.level,
    ai: subject.ai,
    signedBy: issuerOf(fields),
    loggedAt: String(fields.validFrom).slice(0, 10),
    url: String(fields.id),
    people: [...new Set(peopleOf(subject).map((person) => String(person.name ?? "")))],
    signers: [...new Set(hands.signed.map((one) => one.name))],
    strength: strengthOf(subject, hands.signed),
    believed: [toMultikey(key), ...hands.signed.map((one) => one.key)],
  };
  return { fields, entry, verifier, hands, history, told };
}

// The office that signed, which must be the one at whose address the record lies.
function issuerOf(fields) {
  const id = String(fields.id);
  const base = id.slice(0, Math.max(id.lastIndexOf("/b/"), 0));
  if (!base.includes("://")) throw new Refused("the address is none");
  const issuer = `did:web:${parted(base, "://")[2].replaceAll(":", "%3A").replaceAll("/", ":")}`;
  if (fields.issuer !== issuer || !String(fields.proof.verificationMethod).startsWith(`${issuer}#`)) {
    throw new Forged("The byline names another office than the one whose key it uses.");
  }
  return issuer;
}

// Hand-signed: by the person whom the level speaks of, that is the principal, or the sender.
function strengthOf(subject, signed) {
  const height = LEVELS[subject.level];
  const needed = height >= LEVELS.approved ? subject.accountablePerson : height === 1 ? subject.sender : "";
  return signed.some((one) => one.person === needed) ? "hand-signed" : "office-signed";
}

// Where the letter is not the one that the record was made for.
async function misfits(letter, fields, salt) {
  const subject = fields.credentialSubject;
  if (!salt) return ["The salt is missing or damaged, so the text cannot be compared."];
  const found = [];
  if ((await textDigest(salt, letter.text)) !== subject.digestMultibase) {
    found.push("The text is not the text that was signed.");
  }
  if ((await placeDigest(salt, letter)) !== subject.placeDigest) {
    found.push("The author, the recipients, the subject or the letter it answers are not those signed.");
  }
  const files = await Promise.all(letter.files.map((content) => saltedDigest(salt, content)));
  const signed = subject.attachmentDigests ?? [];
  if (canonicalJson(files.sort()) !== canonicalJson([...signed].sort())) {
    found.push("The attachments are not those that were signed.");
  }
  if (subject.id !== letter.subjectId) found.push("The message's id is another one.");
  return found;
}

// True, but worth a second look: an issuer that is not the domain of a mail's author.
function domainNotice({ author, subjectId }, signedBy) {
  if (!subjectId.startsWith("mid:")) return [];
  const domain = author.slice(author.lastIndexOf("@") + 1).toLowerCase();
  const host = signedBy.replace(/^did:web:/, "").split("%3A")[0].split(":")[0];
  const near = domain === host || domain.endsWith(`.${host}`) || host.endsWith(`.${domain}`);
  if (!domain || near) return [];
  return [`Signed by ${host}, which is not the domain of the author's address (${domain}).`];
}
