// Characters that are there to deceive the eye: the same tables and sentences as firsthand/verifier/look.py.

const UNSEEN = new RegExp(
  "[\\x00-\\x08\\x0b\\x0e-\\x1f\\x7f-\\x9f\\u00ad\\u034f\\u061c\\u115f\\u1160\\u17b4\\u17b5\\u180b-\\u180f" +
    "\\u200b\\u200e\\u200f\\u2028-\\u202e\\u2060-\\u206f\\u3164\\ufeff\\uffa0\\ufff9-\\ufffb" +
    "\\u{e0000}-\\u{e007f}]|(?:(?<=[\\x00-\\u058f])|^)[\\u200c\\u200d]",
  "gu",
);
const ALIKE = [
  [/[\u0400-\u052f]/gu, "аеосрхуіјѕԁһԛԝӏАВЕКМНОРСТУХІЈЅԌԚԜ"],
  [/[\u0370-\u03ff]/gu, "ονρϳΑΒΕΖΗΙΚΜΝΟΡΤΥΧ"],
  [/[\u0531-\u0587]/gu, "օոսցհՕՍ"],
  [/[\u13a0-\u13ff]/gu, "ᎠᎡᎢᎥᎪᎫᎬᎳᎷᎻᏀᏃᏆᏒᏔᏙᏚᏞᏟᏢᏦᏴ"],
];
const LATIN = /[A-Za-z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u024f\u1e00-\u1eff]/u;
const LETTERS = new RegExp(
  "[0-9A-Za-z\\u00c0-\\u00d6\\u00d8-\\u00f6\\u00f8-\\u024f\\u1e00-\\u1eff" +
    "\\u0370-\\u03ff\\u0400-\\u052f\\u0531-\\u0587\\u13a0-\\u13ff]+",
  "gu",
);
const MOST_TOLD = 5;

const codeOf = (letter) => `U+${letter.codePointAt(0).toString(16).toUpperCase().padStart(4, "0")}`;

function oddNotices(letter, people) {
  const told = [...oddIn("The text", letter.text), ...oddIn("The subject", letter.subject)];
  return [...told, ...people.flatMap((name) => oddIn("A name in the byline", name))];
}

function oddIn(what, text) {
  const told = [];
  const unseen = [...new Set((text.match(UNSEEN) || []).map(codeOf))].slice(0, MOST_TOLD);
  if (unseen.length) {
    told.push(`${what} contains characters that cannot be seen, or that turn its direction: ${unseen.join(", ")}.`);
  }
  const words = [...new Set(disguised(text).map(({ word }) => `“${word}”`))].slice(0, MOST_TOLD);
  if (words.length) {
    told.push(`${what} contains words with letters of another alphabet that look Latin: ${words.join(", ")}.`);
  }
  return told;
}

// The words that hold a false Latin letter, or consist of such in an otherwise Latin text.
function disguised(text) {
  const found = [];
  for (const [script, alike] of ALIKE) {
    const letters = new Set(text.match(script) || []);
    const all = [...letters].every((letter) => alike.includes(letter));
    if (![...letters].some((letter) => alike.includes(letter)) || !LATIN.test(text)) continue;
    for (const { 0: word, index } of text.matchAll(LETTERS)) {
      const isFalse = [...word].map((letter) => alike.includes(letter));
      const foreign = word.length > 1 && isFalse.every(Boolean) && all;
      if (isFalse.some(Boolean) && (LATIN.test(word) || foreign)) found.push({ word, index });
    }
  }
  return found;
}

// `text` in pieces, those marked that deceive: [{text, mark}], `mark` empty or what it is.
function marked(text) {
  const spots = [
    ...[...text.matchAll(UNSEEN)].map(({ 0: letter, index }) => ({ index, text: letter, mark: codeOf(letter) })),
    ...disguised(text).flatMap(({ word, index }) => falseLetters(word, index)),
  ].sort((a, b) => a.index - b.index);
  const pieces = [];
  let at = 0;
  for (const spot of spots) {
    pieces.push({ text: text.slice(at, spot.index), mark: "" }, spot);
    at = spot.index + spot.text.length;
  }
  return [...pieces, { text: text.slice(at), mark: "" }].filter((piece) => piece.text);
}

function falseLetters(word, index) {
  const spots = [...word].map((letter, at) => ({ index: index + at, text: letter, mark: codeOf(letter) }));
  return spots.filter(({ text }) => ALIKE.some(([, alike]) => alike.includes(text)));
}
