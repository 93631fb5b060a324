// The page itself: takes a letter or a post and a key from the reader, shows the verdict. It asks nobody anything.

const TITLES = { verified: "Verified", altered: "Altered", unlogged: "Not in the log", forged: "Forged", unknown: "Unknown" };
const VERIFIED = "The text, its place and its signature are as they left, and the byline stands in the log.";
const LEVEL_WORDS = {
  firsthand: ["Firsthand", "every word the principal’s own, and sent by them"],
  approved: ["Approved", "others wrote or changed words; the principal approved exactly this text"],
  on_behalf: ["On behalf", "a person sent it; the principal did not approve this text"],
  automated: ["Automated", "a machine sent it, and the principal did not approve it"],
};
const AI_WORDS = {
  none: "no AI inside the office had a part in it",
  assisted: "an AI helped",
  generated: "an AI wrote most of it",
};
const TOO_OLD = "This browser cannot check these signatures. Chrome 137, Firefox 129 and Safari 17, or any newer one, can.";
const POST_PROVES = "The proof that you gave was not used: the file of a post brings its own.";
const ADDRESS = /^(?:https?|at):\/\/\S+$/;
const NO_ADDRESS = "This is an address, and this page asks nobody. For a post, save its address with .json behind it, and choose that file.";
const LARGEST = 50_000_000;
const MEMORY = "firsthand-verify";
const at = (id) => document.getElementById(id);

let given = null; // the bytes of a chosen file; null while the pasted source counts
let last = null; // whom the last check believed by keys that were typed: {issuer, lines}
let turns = 0; // so that a slow check never shows its verdict under a later letter

function element(name, text = "", className = "") {
  const made = document.createElement(name);
  if (text) made.textContent = text;
  if (className) made.className = className;
  return made;
}

// Keys -------------------------------------------------------------------------------------------

function remembered() {
  try {
    const value = JSON.parse(localStorage.getItem(MEMORY) || "{}");
    return isObject(value) ? value : {};
  } catch {
    return {};
  }
}

function remember(value) {
  try {
    localStorage.setItem(MEMORY, JSON.stringify(value));
  } catch {
    at("memory-problem").hidden = false;
  }
  showMemory();
}

// The office's keys and passkeys in what the reader gave, and the lines that were none.
function readKeys(lines) {
  const [keys, passkeys, strange] = [[], new Map(), []];
  for (const line of lines) {
    const [, name, text] = /^(?:([\w-]+-passkey-[\w-]+)=)?(z\w+)$/.exec(line) || [];
    const key = name ? readPasskey(text) : fromMultikey(text || "");
    if (!key) strange.push(line);
    else if (name) passkeys.set(name, key);
    else keys.push(key);
  }
  return { keys, passkeys, strange };
}

// A claim until its signature is checked; it only chooses among the keys that the reader remembers.
function claimedIssuer(letter) {
  try {
    return String(readRecord(letter.record).issuer);
  } catch {
    return "";
  }
}

function keyNotices(issuer, lines, strange) {
  const memory = remembered();
  const told = strange.map((line) => `“${line.slice(0, 60)}” is not a key. A key looks like z6Mk…`);
  const others = Object.keys(memory).filter((name) => name !== issuer && memory[name].some((key) => lines.includes(key)));
  if (others.length) told.push(`You remembered this key as that of ${others.join(", ")}, not of ${issuer}.`);
  const own = (memory[issuer] || []).filter((key) => key.startsWith("z6Mk"));
  if (own.length && !lines.some((key) => own.includes(key))) told.push(`You remembered another key for ${issuer}.`);
  return told;
}

// Checking ---------------------------------------------------------------------------------------

async function check() {
  const bytes = given || utf8(at("source").value);
  if (!bytes.length) return tell("unknown", "Nothing to check yet", ["Choose the file of a letter or a post, or paste its source."]);
  if (bytes.length < 4000 && ADDRESS.test(trimmed(strictUtf8(bytes) ?? ""))) return tell("unknown", "Not checked", [NO_ADDRESS]);
  if (bytes.length > LARGEST) return tell("unknown", "Too large", ["That is larger than 50 MB: use the command firsthand verify instead."]);
  try {
    await checkBytes(bytes);
  } catch (problem) {
    if (problem instanceof Refused) return tell("unknown", "Not checked", [problem.message]);
    if (problem.name !== "NotSupportedError" && window.crypto && crypto.subtle) throw problem;
    tell("unknown", "Not checked", [TOO_OLD]);
  }
}

async function checkBytes(bytes) {
  const turn = ++turns;
  const post = readPost(bytes);
  const shown = post ? post.revisions[0] : readLetter(bytes);
  const issuer = claimedIssuer(shown);
  const typed = words(at("key").value);
  const lines = typed.length ? typed : remembered()[issuer] || [];
  const { keys, passkeys, strange } = readKeys(lines);
  const { proof, ...known } = { keys, passkeys, ...readExtra(at("extra").value) };
  const verdict = await (post ? checkPost(post, known) : checkSealed(shown, { ...known, proof }));
  if (post && proof) verdict.notices.unshift(POST_PROVES);
  if (issuer && lines.length) verdict.notices.unshift(...keyNotices(issuer, lines, strange));
  if (turn !== turns) return;
  const used = typed.filter((line) => verdict.believed.includes(parted(line, "=")[0]));
  last = used.length ? { issuer, lines: used } : null;
  show(verdict, shown);
}

// A key file tells of changed keys; a proof is used instead of the one inside; a checkpoint is compared with
// that of the proof, and a timestamp is told.
function readExtra(text) {
  const bytes = text.trim() ? utf8(`${text.replaceAll("\r\n", "\n").trim()}\n`) : null;
  if (!bytes) return {};
  if (text.trimStart().startsWith(STAMP_HEADER)) return { stamp: parseStamp(bytes) };
  if (!text.trimStart().startsWith(PROOF_HEADER)) return { checkpoint: bytes };
  if (text.trimStart().split("\n")[1]?.startsWith("extra ")) return { keyFile: parseKeyFile(bytes) };
  return { proof: bytes };
}

// What was said before something changed is of the past.
function forget() {
  turns += 1;
  at("verdict").replaceChildren();
  at("found").replaceChildren();
}

// Showing ----------------------------------------------------------------------------------------

function tell(verdict, title, problems, notices = []) {
  const box = element("div", "", `verdict ${verdict}`);
  box.append(element("h2", title));
  box.append(...problems.map((one) => element("p", one)), ...notices.map((one) => element("p", one, "soft")));
  at("verdict").replaceChildren(box);
  at("found").replaceChildren();
  box.scrollIntoView({ block: "nearest" });
}

function show(verdict, letter) {
  const good = verdict.verdict === "verified" ? [VERIFIED] : [];
  tell(verdict.verdict, TITLES[verdict.verdict], [...good, ...verdict.problems], verdict.notices);
  const found = at("found");
  if (verdict.level) found.append(levelBox(verdict), facts(verdictFacts(verdict)));
  if (last) found.append(rememberButton());
  found.append(...letterSection(letter));
}

function levelBox(verdict) {
  const [word, meaning] = LEVEL_WORDS[verdict.level];
  const box = element("div", "", `level ${verdict.level}`);
  const line = element("p");
  line.append(element("b", word), `: ${meaning}.`);
  const people = element("p");
  verdict.people.forEach((name, index) => people.append(index ? ", " : "", ...pieces(name)));
  const elsewhere = "Of the text that was signed, which is not proved to be this one, the record says:";
  if (verdict.verdict !== "verified") box.append(element("p", elsewhere, "soft"));
  box.append(line, people, element("p", `AI: ${verdict.ai} (${AI_WORDS[verdict.ai]}).`, "soft"));
  return box;
}

function verdictFacts(verdict) {
  const hand = verdict.strength === "hand-signed" ? `, and with the own passkey of ${verdict.signers.join(", ")}` : ": the office alone";
  const head = verdict.checkpoint;
  return [
    ["Signed by", verdict.signedBy + hand],
    ["By the key", verdict.believed[0]],
    ["Logged", `${verdict.loggedAt} (as the office says)`],
    ["Checkpoint", head ? `${head.origin} ${head.size} ${toHex(head.root)}` : ""],
    ["Byline", verdict.url],
  ];
}

function facts(rows) {
  const list = element("dl", "", "facts");
  for (const [name, value] of rows) {
    if (!value.length || !value[0]) continue;
    const told = element("dd");
    told.append(...(typeof value === "string" ? pieces(value) : value));
    list.append(element("dt", name), told);
  }
  return list;
}

// Text with what deceives the eye made visible.
function pieces(text) {
  return marked(text).map(({ text: piece, mark }) => {
    if (!mark) return document.createTextNode(piece);
    const made = element("mark");
    made.append(piece.match(UNSEEN) ? "" : piece, element("small", mark));
    return made;
  });
}

function letterSection(letter) {
  if (letter.title !== undefined) return postSection(letter);
  if (!letter.text && !letter.author) return [];
  const from = pieces(letter.author);
  if (letter.authorName) from.splice(0, 0, ...pieces(letter.authorName), " <");
  if (letter.authorName) from.push("> ", element("span", "(the name is not signed, the address is)", "soft"));
  if (!letter.author) from.push("no address, or more than one: nobody knows who is meant");
  const text = element("div", "", "letter");
  text.append(...pieces(canonicalText(letter.text)));
  const files = letter.files.length ? `${letter.files.length}` : "";
  const rows = [["From", from], ["To", letter.recipients.join(", ")], ["Subject", letter.subject], ["Attachments", files]];
  return [element("h2", "The letter, as it was read here"), facts(rows), text];
}

function postSection(post) {
  const text = element("div", "", "letter");
  text.append(...pieces(canonicalText(post.text)));
  const rows = [["Site", post.author], ["Title", post.title], ["Revision", String(post.number)]];
  return [element("h2", "The post, as it was read here"), facts(rows), text];
}

function rememberButton() {
  const { issuer, lines } = last;
  const button = element("button", `Remember this key for ${issuer}`);
  button.type = "button";
  button.addEventListener("click", () => {
    const memory = remembered();
    remember({ ...memory, [issuer]: [...new Set([...(memory[issuer] || []), ...lines])] });
    button.replaceWith(element("p", `Remembered in this browser for ${issuer}.`, "soft"));
  });
  return button;
}

function showMemory() {
  const memory = Object.entries(remembered());
  at("memory").hidden = memory.length === 0;
  at("remembered").replaceChildren(...memory.map(([issuer, lines]) => {
    const item = element("li");
    const button = element("button", "Forget");
    button.type = "button";
    button.setAttribute("aria-label", `Forget the keys of ${issuer}`);
    button.addEventListener("click", () => {
      const { [issuer]: gone, ...rest } = remembered();
      remember(rest);
      at("key").focus();
    });
    item.append(element("b", issuer), ...lines.map((line) => element("code", line)), button);
    return item;
  }));
}

// Listening --------------------------------------------------------------------------------------

async function choose(file) {
  given = new Uint8Array(await file.arrayBuffer());
  at("source").value = "";
  at("chosen").textContent = `${file.name}, ${given.length.toLocaleString("en")} bytes`;
  await check();
}

function listen() {
  at("form").addEventListener("submit", (event) => {
    event.preventDefault();
    check();
  });
  at("file").addEventListener("change", () => at("file").files[0] && choose(at("file").files[0]));
  at("form").addEventListener("input", forget);
  at("source").addEventListener("input", () => {
    given = null;
    at("file").value = "";
    at("chosen").textContent = "";
  });
  document.addEventListener("dragover", (event) => event.preventDefault());
  document.addEventListener("drop", (event) => {
    event.preventDefault();
    if (event.dataTransfer.files[0]) choose(event.dataTransfer.files[0]);
  });
  const served = location.protocol !== "file:";
  at("served").hidden = !served;
  if (served) at("save").href = location.pathname;
  at("main").hidden = false;
  showMemory();
}

listen();
