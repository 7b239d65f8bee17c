// Which packages the service has beside its own files, by what package-lock.json says of each.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Not made a part of the program, but loaded as they are. */
export const EXTERNAL_PACKAGES = [
  // They load a binary that stands in their folder.
  'bcrypt',
  'better-sqlite3',
  'better-sqlite3-12',
  // It loads its parts in a way that no bundler follows.
  'jsonc-parser',
  // Whoever has SQLite does without.
  'mysql2',
  // Files for the browser.
  'swagger-ui-dist',
];

/** What Nest would load if it were asked to, and the service never asks. */
export const OPTIONAL_PACKAGES = [
  '@fastify/multipart',
  '@fastify/view',
  '@nestjs/microservices',
  '@nestjs/websockets',
];

/** Asked for by a package that the service loads, but not for what it does at run time. */
const NOT_AT_RUN_TIME = new Set([
  // How better-sqlite3 and bcrypt get their binaries.
  'prebuild-install',
  'node-addon-api',
  // Tells the makers of Swagger UI that it was installed.
  '@scarf/scarf',
]);

/** Their folders as package-lock.json names them: `node_modules/mysql2`, `node_modules/a/node_modules/b`. */
export function productionPackages(root) {
  const locked = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')).packages;
  const found = new Set();
  const pending = EXTERNAL_PACKAGES.map((name) => ({ name, from: '' }));
  for (let next = pending.pop(); next; next = pending.pop()) {
    const path = locate(next.name, next.from, locked);
    if (path === undefined || found.has(path)) continue;
    if (isOfNoUse(path, root)) continue;
    // An optional one is installed only where its platform is.
    if (locked[path].optional && !existsSync(join(root, path))) continue;
    found.add(path);
    for (const name of needsOf(locked[path])) pending.push({ name, from: path });
  }
  return [...found].sort();
}

/** better-sqlite3 12 is compiled on Node 20 alone, and no other Node loads it. */
function isOfNoUse(path, root) {
  if (path !== 'node_modules/better-sqlite3-12') return false;
  return !existsSync(join(root, path, 'build/Release/better_sqlite3.node'));
}

function needsOf({ dependencies, optionalDependencies, peerDependencies, peerDependenciesMeta }) {
  const peers = Object.keys(peerDependencies ?? {}).filter(
    (name) => !peerDependenciesMeta?.[name]?.optional,
  );
  const names = [...Object.keys({ ...dependencies, ...optionalDependencies }), ...peers];
  return names.filter((name) => !NOT_AT_RUN_TIME.has(name) && !name.startsWith('@types/'));
}

/** As Node looks for it: beside the package that asks, then further up. */
function locate(name, from, locked) {
  for (let base = from; ; base = base.slice(0, Math.max(0, base.lastIndexOf('/node_modules/')))) {
    const path = base === '' ? `node_modules/${name}` : `${base}/node_modules/${name}`;
    if (locked[path]) return path;
    if (base === '') return undefined;
  }
}
