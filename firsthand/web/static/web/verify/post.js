// A post with all its revisions, as an office serves it at BASE/p/SLUG.json: the checks and sentences of
// firsthand/verifier/post.py. Nothing of the kinds that its editors decided is believed.

const MOST_REVISIONS = 1000;
const NEWER_NOT_LOOKED_UP = "Whether the log has a newer revision was not looked up.";
const WORST_LAST = ["verified", "unlogged", "altered", "unknown", "forged"];

// {host, revisions}, newest first; null where the bytes are no post.
function readPost(bytes) {
  try {
    const { post, revisions } = JSON.parse(strictUtf8(bytes) ?? "");
    if (!Array.isArray(revisions) || !revisions.length) return null;
    const host = typeof post === "string" ? parted(parted(post, "://")[2], "/")[0] : "";
    return { host, revisions: revisions.slice(0, MOST_REVISIONS + 1).map((one) => readRevision(one, host)) };
  } catch {
    return null;
  }
}

// A revision in the form in which a letter is checked.
function readRevision({ number, title, text, change, byline, index = null, record, proof = "" }, author) {
  const whole = [number, index ?? 0].every((one) => Number.isSafeInteger(one) && one >= 0);
  const written = [title, text, change, byline].every((one) => typeof one === "string" && one.isWellFormed());
  if (!whole || !written) throw new Refused("no revision");
  return {
    number, change, text, author, title,
    subject: title,
    record: strictBase64(record),
    proof: strictBase64(proof),
    byline: "",
    link: byline,
    subjectId: parted(byline, "#")[0],
    authorName: "",
    recipients: [],
    inReplyTo: "",
    files: [],
  };
}

// The verdict on the newest revision, made worse by whatever is wrong with those before it.
async function checkPost({ revisions }, known) {
  if (revisions.length > MOST_REVISIONS) return verdictOf("unknown", [`It shows more than ${MOST_REVISIONS} revisions.`]);
  const verdicts = [];
  for (const each of revisions) {
    // What is from elsewhere is of the log as it is now, and so is the newest one's proof.
    const more = each === revisions[0] ? {} : { checkpoint: null, stamp: null };
    verdicts.push(await checkSealed(each, { ...known, ...more }));
  }
  const newest = verdicts.slice(1).reduce((so, each, at) => madeWorse(so, each, revisions[at + 1]), verdicts[0]);
  if (newest.verdict === "forged" || newest.verdict === "unknown") return newest;
  const broken = await brokenChain(revisions);
  if (broken.length) return { ...newest, verdict: "altered", problems: [...newest.problems, ...broken] };
  if (newest.verdict !== "verified") return newest;
  return { ...newest, notices: [...historyOf(revisions, verdicts.at(-1)), ...newest.notices, NEWER_NOT_LOOKED_UP] };
}

function madeWorse(newest, verdict, { number }) {
  if (verdict.verdict === "verified") return newest;
  const worst = Math.max(WORST_LAST.indexOf(newest.verdict), WORST_LAST.indexOf(verdict.verdict));
  const problem = `Revision ${number}: ${verdict.problems.join("; ")}`;
  return { ...newest, verdict: WORST_LAST[worst], problems: [...newest.problems, problem] };
}

// Where the chain does not hold: each record names the one before it, down to the first.
async function brokenChain(revisions) {
  const found = [];
  for (const [at, { number, change, record }] of revisions.entries()) {
    const subject = readRecord(record).credentialSubject;
    const before = revisions[at + 1];
    if (!before) {
      if (subject.replaces !== undefined) found.push(`Revision ${number} replaces an earlier one that is not shown.`);
      else if (number !== 1 || change) {
        found.push(`Revision ${number} was signed as the first one: as revision 1, and as no change.`);
      }
      continue;
    }
    const expected = [before.subjectId, toHex(await sha256(before.record)), number, change];
    const signed = [subject.replaces, subject.replacesRecord, subject.revision, subject.change];
    if (!sameList(expected, signed)) {
      found.push(`Revision ${number} was not signed as the one after revision ${before.number}.`);
    }
    if (number !== before.number + 1) found.push(`Between revisions ${before.number} and ${number} one is missing.`);
  }
  return found;
}

// What a reader should know of the past of a post that holds.
function historyOf(revisions, first) {
  const count = `${revisions.length} revision${revisions.length > 1 ? "s" : ""}`;
  const told = [`First published on ${first.loggedAt} (as the office says); ${count}.`];
  revisions.slice(0, -1).forEach((one, at) => {
    const shown = proposedChange(revisions[at + 1], one);
    if (shown && CHANGES.indexOf(one.change) < CHANGES.indexOf(shown)) {
      told.push(`Revision ${one.number} is told as ${one.change}; the texts show ${shown}: ${CHANGE_WORDS[shown]}.`);
    } else if (CHANGES.indexOf(one.change) > CHANGES.indexOf("substance")) {
      told.push(`Revision ${one.number} is a ${one.change}.`);
    }
  });
  return told;
}
