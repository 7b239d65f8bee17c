// Loaded into a service before its own code: records each bcrypt run, and then executes it.
import bcrypt from 'bcrypt';
import { appendFileSync } from 'node:fs';

const { compare, hash } = bcrypt;
const note = (cost) => appendFileSync(process.env.BCRYPT_WATCH_FILE, `${cost}\n`);

bcrypt.compare = (input, against) => {
  note(bcrypt.getRounds(against));
  return compare(input, against);
};
bcrypt.hash = (input, cost) => {
  note(cost);
  return hash(input, cost);
};
