// What kind of change a public revision is, by its two texts alone: firsthand/core/revising.py says why.
// Characters that are newer than Unicode 14 may be told apart from what the command says; nothing else.

const CHANGE_WORDS = {
  format: "only the layout changed",
  typo: "a slip of the pen was mended",
  link: "a link changed",
  addition: "something was added, nothing was taken away",
  substance: "what it says changed",
};
const SPACE = BLANK.source.slice(1, -1); // what stands for a blank inside a set of characters

const LINK_WRITTEN = new RegExp(
  `!?\\[([^\\]]*)\\]\\([${SPACE}]*<?([^)${SPACE}>]*)>?(?:[${SPACE}]+"([^"]*)")?[${SPACE}]*\\)`,
  "gu",
);
const ADDRESS_WRITTEN = new RegExp(
  `<?(?<![\\p{L}\\p{N}_])(?:https?://|mailto:)[^${SPACE}<>]+[^${SPACE}<>.,;:!?)\\]"'’]>?`,
  "gu",
);
const LINE_MARKS = new RegExp(
  `(?<![^\\n])[ \\t]*(?:(?:>|#{1,6}(?=[${SPACE}])|[-*+](?=[${SPACE}])|\\p{Nd}{1,3}[.)](?=[${SPACE}]))[ \\t]*)+`,
  "gu",
);
const EMPHASIS = /[*_`\\]/g;
const BETWEEN_BLOCKS = new RegExp(
  `\\n[${SPACE}]*\\n|\\n(?=[ \\t]*(?:>|#{1,6}[${SPACE}]|[-*+][${SPACE}]|\\p{Nd}{1,3}[.)][${SPACE}]))`,
  "gu",
);
const SENTENCE_ENDS = new RegExp(`(?<=[.!?…。！？])["'”’»)\\]]*[${SPACE}]+|(?<=[。！？])`, "gu");

// The kind of the change from one {title, text} to another; null where a reader sees none at all.
function proposedChange(before, after) {
  const [old, now] = [writtenWhole(before), writtenWhole(after)];
  if (old === now) return null;
  const kinds = new Set(kindsOfWords(sentencesOf(old), sentencesOf(now)));
  if (!kinds.size && bareOf(old) !== bareOf(now)) kinds.add("typo");
  if (linksOf(old).join("\n") !== linksOf(now).join("\n")) kinds.add("link");
  return CHANGES.findLast((kind) => kinds.has(kind)) ?? "format";
}

const writtenWhole = ({ title, text }) => canonicalText(title ? `${title}\n\n${text}` : text);

function linksOf(text) {
  const inline = [...text.matchAll(LINK_WRITTEN)].map((found) => found[2]);
  const rest = text.replace(LINK_WRITTEN, (_, words) => ` ${words} `);
  return [...inline, ...[...rest.matchAll(ADDRESS_WRITTEN)].map((found) => trimmed(found[0], /[<>]/))];
}

function withoutTargets(text) {
  return text.replace(LINK_WRITTEN, (_, words, to, title) => `${words} ${title || ""}`).replace(ADDRESS_WRITTEN, " ");
}

const withoutMarks = (text) => text.replace(LINE_MARKS, "").replace(EMPHASIS, "");
const bareOf = (text) => words(withoutMarks(withoutTargets(text))).join(" ");

// Also where a mark is empty, which String.split passes over.
function cutApart(text, mark) {
  const pieces = [];
  let start = 0;
  for (const { 0: found, index } of text.matchAll(mark)) {
    pieces.push(text.slice(start, index));
    start = index + found.length;
  }
  return [...pieces, text.slice(start)];
}

// Each sentence as the list of its tokens.
function sentencesOf(text) {
  const blocks = cutApart(withoutTargets(text), BETWEEN_BLOCKS);
  return blocks.flatMap((block) => cutApart(withoutMarks(block), SENTENCE_ENDS)).map(tokensOf).filter((one) => one.length);
}

const DENSE = /^[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]$/;
const INSIDE = { W: "'’-\u200c\u200d", N: ".,:/" };
const SAYING = "?؟？%‰&@#§";

function tokensOf(text) {
  const letters = [...text];
  const tokens = [];
  for (let at = 0; at < letters.length; ) {
    const kind = kindOfLetter(letters[at]);
    let end = at + 1;
    if (kind === "W" || kind === "N") while (end < letters.length && goesOn(letters, end, kind)) end += 1;
    if (kind) {
      const minus = kind === "N" && at > 0 && "-−".includes(letters[at - 1]) && (at < 2 || BLANK.test(letters[at - 2]));
      tokens.push((minus ? "-" : "") + letters.slice(at, end).join(""));
    }
    at = end;
  }
  return tokens;
}

// W: of a word; N: of a number; S: a sign of its own; nothing: says nothing.
function kindOfLetter(letter) {
  if (DENSE.test(letter) || SAYING.includes(letter)) return "S";
  if (/[\p{L}\p{M}]/u.test(letter)) return "W";
  if (/\p{N}/u.test(letter)) return "N";
  return /[\p{S}\p{Cf}\p{Co}\p{Cn}]/u.test(letter) ? "S" : "";
}

const ofWordOrNumber = (letter) => letter !== undefined && "WN".includes(kindOfLetter(letter) || "-");

function goesOn(letters, at, kind) {
  return ofWordOrNumber(letters[at]) || (INSIDE[kind].includes(letters[at]) && ofWordOrNumber(letters[at + 1]));
}

const flatOf = (sentences) => sentences.flat();
const sameList = (a, b) => a.length === b.length && a.every((one, at) => one === b[at]);

function kindsOfWords(old, now) {
  if (sameList(flatOf(old), flatOf(now))) return []; // sentences were only cut apart or joined
  if (slips(flatOf(old), flatOf(now))) return ["typo"];
  return changedRuns(old, now).flatMap(([oldFrom, oldTo, from, to]) => {
    if (oldFrom === oldTo) return ["addition"];
    return from === to ? ["substance"] : kindsOfReplaced(old.slice(oldFrom, oldTo), now.slice(from, to));
  });
}

function kindsOfReplaced(old, now) {
  if (slips(flatOf(old), flatOf(now))) return ["typo"];
  const [left, kinds] = [[...now], []];
  for (const sentence of old) {
    while (left.length && !(sameList(left[0], sentence) || mended(sentence, left[0]))) {
      left.shift();
      kinds.push("addition");
    }
    if (!left.length) return [...kinds, "substance"];
    if (!sameList(left.shift(), sentence)) kinds.push("typo");
  }
  return left.length ? [...kinds, "addition"] : kinds;
}

// Where two lists differ, as [from, to, from, to]: Python's difflib, without its guesses at junk.
function changedRuns(old, now) {
  const keys = [old, now].map((list) => list.map((sentence) => JSON.stringify(sentence)));
  const places = new Map();
  keys[1].forEach((key, at) => places.set(key, [...(places.get(key) ?? []), at]));
  const [blocks, left] = [[], [[0, old.length, 0, now.length]]];
  while (left.length) {
    const [oldFrom, oldTo, from, to] = left.pop();
    const [i, j, size] = longestRun(keys[0], places, oldFrom, oldTo, from, to);
    if (!size) continue;
    blocks.push([i, j, size]);
    left.push([oldFrom, i, from, j], [i + size, oldTo, j + size, to]);
  }
  blocks.sort((a, b) => a[0] - b[0] || a[1] - b[1]);
  const runs = [];
  let [i, j] = [0, 0];
  for (const [a, b, size] of [...blocks, [old.length, now.length, 0]]) {
    if (i < a || j < b) runs.push([i, a, j, b]);
    [i, j] = [a + size, b + size];
  }
  return runs;
}

function longestRun(keys, places, oldFrom, oldTo, from, to) {
  let best = [oldFrom, from, 0];
  let lengths = new Map();
  for (let i = oldFrom; i < oldTo; i += 1) {
    const longer = new Map();
    for (const j of places.get(keys[i]) ?? []) {
      if (j < from || j >= to) continue;
      const length = (lengths.get(j - 1) ?? 0) + 1;
      longer.set(j, length);
      if (length > best[2]) best = [i - length + 1, j - length + 1, length];
    }
    lengths = longer;
  }
  return best;
}

const slips = (old, now) => old.length === now.length && old.every((one, at) => one === now[at] || isSlip(one, now[at]));
const mended = (old, now) => slips(undoubled(old, now), now);

// Without words that stood there twice by mistake.
function undoubled(old, now) {
  if (old.length <= now.length) return old;
  const kept = [];
  for (const token of old) {
    const same = folded(token);
    const twice = kept.length > 0 && /^\p{L}+$/u.test(token) && folded(kept.at(-1)) === same;
    if (!twice || (kept.length < now.length && folded(now[kept.length]) === same)) kept.push(token);
  }
  return kept;
}

const WEIGHTY = new Set(
  ("no not now none never nor can cannot could would should will shall may might must is isn't are " +
    "aren't was wasn't were weren't do don't does did didn't has had hasn't have haven't with without " +
    "all any some one two three four five six seven eight nine ten hundred thousand million billion " +
    "more less most least he she they her his their him them i you we this that these those than then " +
    "nein nicht kein keine kann könnte würde wird war wäre mit ohne alle eine einen zwei drei vier fünf " +
    "ne pas non sans avec sont était deux trois quatre cinq six sept huit neuf dix " +
    "sin con uno dos tres cuatro cinco seis siete ocho nueve diez").split(" "),
);
const SHORTEST_SLIP = 4;

function isSlip(old, now) {
  if ([...old, ...now].some((letter) => !/[\p{L}\p{M}]/u.test(letter) && !INSIDE.W.includes(letter))) return false;
  const [a, b] = [folded(old), folded(now)];
  if (a !== b && (WEIGHTY.has(a) || WEIGHTY.has(b))) return false;
  if (plainWord(a) === plainWord(b)) return true;
  const [one, other] = [[...a], [...b]];
  if (Math.min(one.length, other.length) < SHORTEST_SLIP || one[0] !== other[0] || isNegated(one, other)) return false;
  return oneKeystroke(one, other);
}

// Python's casefold. The browser's own letters differ from it in a few.
function folded(text) {
  return [...text].map(foldedLetter).join("");
}

function foldedLetter(letter) {
  if (letter === "\u0131") return letter; // the dotless i
  if (letter === "\u1e9e") return "ss"; // the capital of ß
  if (/[\u13a0-\u13f5]/.test(letter)) return letter; // Cherokee folds to its capitals
  if (/[\u13f8-\u13fd\uab70-\uabbf]/.test(letter)) return letter.toUpperCase();
  return letter.toUpperCase().replace(/./gsu, (one) => one.toLowerCase());
}

function plainWord(word) {
  return [...word.normalize("NFD")].filter((c) => !(c >= "\u0300" && c <= "\u036f") && !INSIDE.W.includes(c)).join("");
}

function isNegated(a, b) {
  const [short, long] = a.length <= b.length ? [a, b] : [b, a];
  return long.length > short.length && sameList(long.slice(long.length - short.length), short);
}

function oneKeystroke(a, b) {
  if (a.length === b.length) {
    const wrong = a.map((letter, at) => (letter === b[at] ? -1 : at)).filter((at) => at >= 0);
    if (wrong.length === 1) return a.length > SHORTEST_SLIP + 2;
    const [x, y] = wrong;
    return wrong.length === 2 && y === x + 1 && a[x] === b[y] && a[y] === b[x];
  }
  const [short, long] = a.length <= b.length ? [a, b] : [b, a];
  if (long.length !== short.length + 1 || short.length <= SHORTEST_SLIP) return false;
  // A letter more at the very end makes a plural or another tense, not a slip.
  for (let at = 1; at < long.length - 1; at += 1) if (sameList(long.toSpliced(at, 1), short)) return true;
  return false;
}
