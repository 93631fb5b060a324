// @sigstore/verify as a judge of an offline proof: sigstore.js PACKAGES VKEY LEAF PROOF
// The judge is Sigstore's own check of a Rekor entry; only the files are read here.
'use strict';
const { readFileSync } = require('node:fs');
const { createPublicKey } = require('node:crypto');

const [packages, vkey, leaf, proof] = process.argv.slice(2);
const { verifyTLogInclusion } = require(`${packages}/@sigstore/verify/dist/tlog`);

const [name, id] = vkey.split('+', 2);
const key = Buffer.from(vkey.slice(name.length + id.length + 2), 'base64').subarray(1);
const logID = Buffer.from(id, 'hex');
const ed25519 = Buffer.from('302a300506032b6570032100', 'hex'); // RFC 8410, before the 32 bytes

const text = readFileSync(proof, 'utf8');
const end = text.indexOf('\n\n');
const lines = text.slice(0, end).split('\n').filter((line) => !line.startsWith('extra '));
const logIndex = lines[1].slice('index '.length);

verifyTLogInclusion(
  {
    logId: { keyId: logID },
    canonicalizedBody: readFileSync(leaf),
    inclusionProof: {
      logIndex,
      hashes: lines.slice(2).map((line) => Buffer.from(line, 'base64')),
      checkpoint: { envelope: text.slice(end + 2) },
    },
  },
  [
    {
      baseURL: `https://${name}`,
      logID,
      publicKey: createPublicKey({ key: Buffer.concat([ed25519, key]), format: 'der', type: 'spki' }),
    },
  ],
);
console.log('included', logIndex);
