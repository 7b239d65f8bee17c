// Finds the packages that the service needs beside its bundle, from package-lock.json.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Packages that are not bundled, but loaded from node_modules. */
export const EXTERNAL_PACKAGES = [
  // They load a binary from their own folder.
  'bcrypt',
  'better-sqlite3',
  'better-sqlite3-12',
  // It loads its parts in a way that bundlers cannot follow.
  'jsonc-parser',
  // Each is needed with its database only.
  'mysql2',
  'pg',
  // Files for the browser.
  'swagger-ui-dist',
];

/** Optional packages of Nest and of @redis/client that the service never uses. */
export const OPTIONAL_PACKAGES = [
  '@fastify/multipart',
  '@fastify/view',
  '@nestjs/microservices',
  '@nestjs/websockets',
  '@node-rs/xxhash',
  '@opentelemetry/api',
];

/** Dependencies of the service's packages that are not used at run time. */
const NOT_AT_RUN_TIME = new Set([
  // Installs the binaries of better-sqlite3 and bcrypt.
  'prebuild-install',
  'node-addon-api',
  // Reports installations of Swagger UI to its makers.
  '@scarf/scarf',
]);

/** The folders of the packages as package-lock.json names them, such as `node_modules/a/node_modules/b`. */
export function productionPackages(root) {
  const locked = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')).packages;
  const found = new Set();
  const pending = EXTERNAL_PACKAGES.map((name) => ({ name, from: '' }));
  for (let next = pending.pop(); next; next = pending.pop()) {
    const path = locate(next.name, next.from, locked);
    if (path === undefined || found.has(path)) continue;
    if (isOfNoUse(path, root)) continue;
    // An optional package is installed only on its platform.
    if (locked[path].optional && !existsSync(join(root, path))) continue;
    found.add(path);
    for (const name of needsOf(locked[path])) pending.push({ name, from: path });
  }
  return [...found].sort();
}

/** better-sqlite3 12 is compiled only on Node 20, and no other Node loads it. */
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

/** Finds a package as Node does: beside the package that imports it, then further up. */
function locate(name, from, locked) {
  for (let base = from; ; base = base.slice(0, Math.max(0, base.lastIndexOf('/node_modules/')))) {
    const path = base === '' ? `node_modules/${name}` : `${base}/node_modules/${name}`;
    if (locked[path]) return path;
    if (base === '') return undefined;
  }
}
