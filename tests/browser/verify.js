// What a savable page needs to check a byline: the browser's own Web Cryptography and nothing else.
// The keys come from the reader, never from the log's server.
'use strict';

const utf8 = (text) => new TextEncoder().encode(text);
const unbase64 = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
const joined = (...parts) => new Uint8Array(parts.flatMap((part) => [...part]));
const sha256 = async (...parts) =>
  new Uint8Array(await crypto.subtle.digest('SHA-256', joined(...parts)));
const same = (a, b) => a.length === b.length && a.every((byte, at) => byte === b[at]);
const hex = (bytes) => [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');

function must(holds, why) {
  if (!holds) throw new Error(why);
}

async function signedBy(key, signature, message) {
  const known = await crypto.subtle.importKey('raw', key, { name: 'Ed25519' }, false, ['verify']);
  return crypto.subtle.verify({ name: 'Ed25519' }, known, signature, message);
}

// C2SP signed-note and tlog-checkpoint: the size and root that this log has signed.
async function openCheckpoint(note, vkey) {
  const [name, id] = vkey.split('+', 2);
  const key = unbase64(vkey.slice(name.length + id.length + 2));
  must(key[0] === 1 && key.length === 33, 'this is no Ed25519 key of a log');
  const end = note.lastIndexOf('\n\n');
  const text = note.slice(0, end + 1);
  const lines = note.slice(end + 2).split('\n').map((line) => line.split(' '));
  const ours = lines.find(([dash, who, what]) =>
    dash === '\u2014' && who === name && hex(unbase64(what).slice(0, 4)) === id);
  must(ours, 'the log has not signed this checkpoint');
  const signature = unbase64(ours[2]).slice(4);
  must(await signedBy(key.slice(1), signature, utf8(text)), 'the signature of the log is wrong');
  const [origin, size, root] = text.split('\n');
  must(origin === name, 'this is the checkpoint of another log');
  return { size: BigInt(size), root: unbase64(root) };
}

// RFC 9162 2.1.3.2, over an offline proof (C2SP tlog-proof).
async function checkInclusion(leaf, proof, vkey) {
  const end = proof.indexOf('\n\n');
  const lines = proof.slice(0, end).split('\n').filter((line) => !line.startsWith('extra '));
  const { size, root } = await openCheckpoint(proof.slice(end + 2), vkey);
  let first = BigInt(lines[1].slice('index '.length));
  let last = size - 1n;
  must(first <= last, 'there is no such entry');
  let hash = await sha256([0], leaf);
  for (const sibling of lines.slice(2).map(unbase64)) {
    must(last > 0n, 'the proof is too long');
    if (first & 1n || first === last) {
      hash = await sha256([1], sibling, hash);
      while (first && !(first & 1n)) [first, last] = [first >> 1n, last >> 1n];
    } else {
      hash = await sha256([1], hash, sibling);
    }
    [first, last] = [first >> 1n, last >> 1n];
  }
  must(last === 0n && same(hash, root), 'the entry is not in the log');
  return size;
}

// RFC 8785 for what a record holds: strings, whole numbers, lists and objects.
function canonical(value) {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  const pairs = Object.keys(value).sort().map((key) => `${JSON.stringify(key)}:${canonical(value[key])}`);
  return `{${pairs.join(',')}}`;
}

function unbase58(text) {
  const letters = '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz';
  let number = 0n;
  for (const letter of text) number = number * 58n + BigInt(letters.indexOf(letter));
  const digits = number.toString(16);
  const bytes = (digits.length % 2 ? `0${digits}` : digits).match(/../g).map((pair) => parseInt(pair, 16));
  return new Uint8Array([...Array(text.length - text.replace(/^1+/, '').length).fill(0), ...bytes]);
}

// Data Integrity eddsa-jcs-2022, by the office's key as a Multikey.
async function checkRecord(record, multikey) {
  const { proof, ...unsigned } = JSON.parse(record);
  const { proofValue, ...how } = proof;
  must(canonical({ ...unsigned, proof }) === record, 'the byline is not in canonical form');
  must(how.cryptosuite === 'eddsa-jcs-2022', 'the byline is signed in a way that is not known');
  const hashes = [await sha256(utf8(canonical(how))), await sha256(utf8(canonical(unsigned)))];
  const key = unbase58(multikey.slice(1)).slice(2);
  const good = await signedBy(key, unbase58(proofValue.slice(1)), joined(...hashes));
  must(good, 'the office has not signed this byline');
  return unsigned;
}

// The whole: who signed, and that all may see it. `entry` is the log's entry, as text.
async function checkByline({ record, entry, proof, office, log }) {
  const fields = await checkRecord(record, office);
  const { level, record: hash } = JSON.parse(entry);
  must(hash === hex(await sha256(utf8(record))), 'the entry is of another byline');
  must(level === fields.credentialSubject.level, 'the log has another level');
  const size = await checkInclusion(utf8(entry), proof, log);
  return `${level}, signed by ${fields.issuer}, one of ${size} entries`;
}
