// Addresses of a header field (RFC 5322 3.4), structure first and names decoded after: an encoded
// word can hold anything, even a second address.

const PLAIN_ADDRESS = /^[\w.!#$%&'*+/?^`{|}~-]+@[\w.-]+$/;
const TOKEN = new RegExp(
  [
    /"(?<quoted>(?:[^"\\]|\\[^])*)"?/,
    /\((?<comment>(?:[^()\\]|\\[^]|\([^()]*\))*)\)?/,
    /<(?<angle>(?:"(?:[^"\\]|\\[^])*"|[^<>"])*)>?/,
    /(?<stop>[,;:])/,
    /(?<word>(?:\[[^\]\s,[]{0,64}\]|[^\s"(<>,;:])+)/,
    /(?<space>\s+)/,
    /[^]/,
  ].map((one) => one.source).join("|"),
  "g",
);
const LAST_RESORT = /[^\s<>"',;:()[\]]{1,200}@[^\s<>"',;:()]{1,255}/;
const LONGEST_ADDRESS = 998;

// Every mailbox that has an address, groups flattened: {address, name}.
const readAddresses = (value) => mailboxes(value).filter((each) => each.address);

function mailboxes(value) {
  const items = value.split(",").map((item) => trimmed(item));
  if (items.every((item) => PLAIN_ADDRESS.test(item))) {
    return items.map((item) => ({ address: item.toLowerCase(), name: "" }));
  }
  const found = [];
  let held = { words: [], comments: [], angles: [] };
  const finish = () => {
    const box = mailbox(held);
    if (box) found.push(box);
    held = { words: [], comments: [], angles: [] };
  };
  let follows = false; // whether the next word continues the last one: "a b"@example.com
  for (const { groups } of value.matchAll(TOKEN)) {
    const isWord = groups.word !== undefined || groups.quoted !== undefined;
    if (groups.stop === ":" && !held.angles.length) {
      if (held.words.some((word) => word.includes("@"))) held.words.push(":");
      else held.words = []; // the name of a group, or "mailto"
    } else if (groups.stop === ":") held.words.push(":");
    else if (groups.stop) finish();
    else if (groups.angle !== undefined) held.angles.push(groups.angle);
    else if (groups.comment !== undefined) held.comments.push(groups.comment);
    else if (isWord) addWord(held.words, groups, follows);
    follows = isWord;
  }
  finish();
  if (value.split('"').length % 2 || found.some((each) => each.address.includes("@"))) return found;
  const last = LAST_RESORT.exec(value);
  return last ? [{ address: cleanAddress(last[0]), name: "" }] : [];
}

function addWord(words, { word, quoted }, follows) {
  const text = quoted === undefined ? word : quoted.replace(/\\([^])/g, "$1");
  if (follows && words.length && text.startsWith("@")) {
    const last = words.pop();
    words.push(last.includes(" ") ? `"${last}"${text}` : last + text);
  } else {
    // A quoted "a@b.c" is a name: the blank keeps it from being an address.
    words.push(quoted !== undefined && text.includes("@") ? `${text} ` : text);
  }
}

// What was gathered up to a separator, as one mailbox.
function mailbox({ words, comments, angles }) {
  let address = angles[0] || "";
  const rest = [...words];
  if (!angles.length) {
    const at = rest.findLastIndex((word) => word.includes("@") && !word.endsWith(" "));
    if (at >= 0) [address] = rest.splice(at, 1);
    else if (rest.length === 1 && !rest[0].endsWith(" ")) address = rest.pop();
  }
  const name = rest.map((word) => trimmed(word)).join(" ") || comments.join(" ");
  return address || name ? { address: cleanAddress(address), name: trimmed(decodeWords(name)) } : null;
}

function cleanAddress(given) {
  let address = trimmed(trimmed(trimmed(given.replace(HIDDEN, "")), /'/));
  if (address.startsWith("@")) address = address.slice(address.lastIndexOf(":") + 1); // an obsolete route
  if (address.toLowerCase().startsWith("mailto:")) address = address.slice(7);
  address = address.includes('"')
    ? address.replace(/"([\w.!#$%&'*+/=?^`{|}~-]+)"@/g, "$1@")
    : words(address).join("");
  return address.length <= LONGEST_ADDRESS ? address.toLowerCase() : "";
}
