// Loaded into a service or a host before its own code, so that a test run does less work:
// - bcrypt runs with 64 times fewer rounds than its caller and its hashes state. Otherwise half of a run would be
//   hashing; suites about hashing itself run without this file.
// - compiled code is cached for the next process (NODE_COMPILE_CACHE, from Node 22 on). Node writes it at the exit,
//   which a killed process does not reach.
import module, { createRequire } from 'node:module';
import { join } from 'node:path';

const bcrypt = loadFrom(join(process.cwd(), 'package.json')) ?? loadFrom(import.meta.url);
const { compare, getRounds, hash } = bcrypt;
const SPARED = 6;
const LOADED_AFTER_MS = 3_000;

bcrypt.hash = async (input, cost) => labelled(await hash(input, cost - SPARED), cost);
bcrypt.compare = (input, against) => compare(input, labelled(against, getRounds(against) - SPARED));

setTimeout(() => module.flushCompileCache?.(), LOADED_AFTER_MS).unref();

function labelled(hashed, cost) {
  return hashed.replace(/^(\$2b\$)\d\d/, `$1${String(cost).padStart(2, '0')}`);
}

/** Loads the bcrypt of a place: a host has its own. */
function loadFrom(place) {
  try {
    return createRequire(place)('bcrypt');
  } catch {
    return undefined;
  }
}
