// Which packages the built service loads, by what `dist` imports and package-lock.json says of each.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { join } from 'node:path';

/** Loaded by name, by us, TypeORM or Nest: no import in `dist` speaks of them. */
const LOADED_BY_NAME = [
  '@fastify/static',
  '@nestjs/swagger',
  'better-sqlite3',
  'class-transformer',
  'mysql2',
];

/** Asked for by a package that the service loads, but not for what it does at run time. */
const NOT_AT_RUN_TIME = new Set([
  // How better-sqlite3 and bcrypt get their binaries.
  'prebuild-install',
  'node-addon-api',
  // Tells the makers of Swagger UI that it was installed.
  '@scarf/scarf',
  // For the compiler plugin of @nestjs/swagger.
  '@microsoft/tsdoc',
  // For TypeORM's command line.
  'yargs',
]);

/** Their folders as package-lock.json names them: `node_modules/rxjs`, `node_modules/ajv/node_modules/fast-uri`. */
export function productionPackages(root) {
  const locked = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')).packages;
  const found = new Set();
  const wanted = [...importsOf(join(root, 'dist')), ...LOADED_BY_NAME];
  const pending = wanted.map((name) => ({ name, from: '' }));
  for (let next = pending.pop(); next; next = pending.pop()) {
    const path = locate(next.name, next.from, locked);
    if (path === undefined || found.has(path)) continue;
    // An optional one is installed only where its platform is.
    if (locked[path].optional && !existsSync(join(root, path))) continue;
    found.add(path);
    for (const name of needsOf(locked[path])) pending.push({ name, from: path });
  }
  return [...found].sort();
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

function importsOf(directory) {
  const files = readdirSync(directory, { recursive: true, encoding: 'utf8' });
  const names = files
    .filter((file) => file.endsWith('.js'))
    .flatMap((file) => {
      const text = readFileSync(join(directory, file), 'utf8');
      return [...text.matchAll(/(?:from|import)\s*\(?\s*'([^'.][^']*)'/g)].map(([, name]) => name);
    })
    .filter((name) => !name.startsWith('node:'))
    .map((name) =>
      name
        .split('/')
        .slice(0, name.startsWith('@') ? 2 : 1)
        .join('/'),
    );
  return [...new Set(names)].filter((name) => !builtinModules.includes(name));
}
