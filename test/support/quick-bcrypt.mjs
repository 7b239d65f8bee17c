// Loaded into a service or a host before its own code: bcrypt with 64 times fewer rounds than its caller and its hashes
// say. Half of the work of a test run would be hashing. Suites about hashing itself run without it.
import { createRequire } from 'node:module';
import { join } from 'node:path';

const bcrypt = loadFrom(join(process.cwd(), 'package.json')) ?? loadFrom(import.meta.url);
const { compare, getRounds, hash } = bcrypt;
const SPARED = 6;

bcrypt.hash = async (input, cost) => labelled(await hash(input, cost - SPARED), cost);
bcrypt.compare = (input, against) => compare(input, labelled(against, getRounds(against) - SPARED));

function labelled(hashed, cost) {
  return hashed.replace(/^(\$2b\$)\d\d/, `$1${String(cost).padStart(2, '0')}`);
}

/** A host has a bcrypt of its own. */
function loadFrom(place) {
  try {
    return createRequire(place)('bcrypt');
  } catch {
    return undefined;
  }
}
