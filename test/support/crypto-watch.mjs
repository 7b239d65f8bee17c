// Loaded into a service before its own code: records each bcrypt run and each key derivation, and then executes it.
import bcrypt from 'bcrypt';
import crypto from 'node:crypto';
import { appendFileSync } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';

const { compare, hash } = bcrypt;
const { hkdfSync } = crypto;
const note = (line) => appendFileSync(process.env.CRYPTO_WATCH_FILE, `${line}\n`);

bcrypt.compare = (input, against) => {
  note(`bcrypt ${bcrypt.getRounds(against)}`);
  return compare(input, against);
};
bcrypt.hash = (input, cost) => {
  note(`bcrypt ${cost}`);
  return hash(input, cost);
};
crypto.hkdfSync = (...parameters) => {
  note('hkdf');
  return hkdfSync(...parameters);
};
syncBuiltinESMExports();
