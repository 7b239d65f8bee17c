// Bundles the build and the packages that it loads: `dist` and two thousand files of `node_modules`
// become a few files in `bundle/`, of which a start reads what it needs. Without it, Node spends half of
// a start on finding files (ADR 14). rolldown keeps the order in which modules run when code is split,
// which decorators rely on; esbuild does not.
import { copyFileSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';
import { EXTERNAL_PACKAGES, OPTIONAL_PACKAGES } from './production-packages.mjs';
import { BUNDLED, licenceOf } from './shipped-packages.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const target = join(root, 'bundle');

rmSync(target, { recursive: true, force: true });
/** The files of the build itself. */
const own = { include: /\.js$/, exclude: /node_modules/ };
const program = await rolldown({
  input: {
    main: join(root, 'dist/server/main.js'),
    'audit-verify': join(root, 'dist/server/commands/audit-verify.js'),
    gatehouse: join(root, 'dist/server/commands/gatehouse.js'),
  },
  cwd: root,
  platform: 'node',
  external: [...EXTERNAL_PACKAGES, ...OPTIONAL_PACKAGES].map(anyPathIn),
  plugins: [
    { name: 'maps', load: { filter: { id: own }, handler: withItsMap } },
    { name: 'requires', transform: { filter: { id: /\.js$/ }, handler: seeRequires } },
  ],
  logLevel: 'warn',
});
const { output } = await program.write({
  dir: target,
  format: 'esm',
  entryFileNames: '[name].js',
  chunkFileNames: '[name]-[hash].js',
  strictExecutionOrder: true,
  // A file of its own, because its licence is another one than that of the rest.
  codeSplitting: { groups: [{ name: 'leaked-password-list', test: /leaked-password-list\.cjs$/ }] },
  sourcemap: true,
  sourcemapExcludeSources: true,
  comments: { legal: false, annotation: false, jsdoc: false },
  plugins: [{ name: 'one-byte', renderChunk: (code) => ({ code: inAscii(code), map: null }) }],
});
await program.close();

copyTexts(join(root, 'dist'));
const packages = bundledPackages(output);
writeFileSync(join(root, BUNDLED), JSON.stringify(packages.map(pathInLock), undefined, 2));
// Written last: scripts/prepare.mjs takes this file as the sign of a complete bundle.
writeFileSync(join(target, 'LICENCES.txt'), licences(packages));

/** The map from the build to the sources, so that the bundle's map leads to them too. */
function withItsMap(id) {
  return { code: readFileSync(id, 'utf8'), map: readFileSync(`${id}.map`, 'utf8') };
}

/** Removes `require` functions that ES modules create: they would look for packages at run time, where none are. */
function seeRequires(code) {
  const seen = code.replaceAll(/^const require = createRequire\(import\.meta\.url\);$/gm, '');
  // The lines stay where they were, so the map of the file stays right.
  return seen === code ? undefined : { code: seen, map: null };
}

/** Escapes all other characters: Node stores a file with any of them in two bytes per character, twice the memory. */
function inAscii(code) {
  if (/\\[^\0-\x7f]/.test(code)) throw new Error('a backslash would escape the escape');
  return code.replaceAll(
    /[^\0-\x7f]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

function anyPathIn(name) {
  return new RegExp(`^${name}(/|$)`);
}

/** Copies text files beside the bundle: modules read them from their own folder. */
function copyTexts(directory) {
  for (const file of readdirSync(directory, { recursive: true, encoding: 'utf8' })) {
    if (file.endsWith('.txt')) copyFileSync(join(directory, file), join(target, basename(file)));
  }
}

/** The folders of the packages whose modules are in the bundle. */
function bundledPackages(files) {
  const modules = files.flatMap(({ moduleIds = [] }) => moduleIds);
  const folders = modules.map(
    (id) => /.*\/node_modules\/(@[^/]+\/)?[^/]+/.exec(id.replaceAll('\\', '/'))?.[0],
  );
  return [...new Set(folders.filter((folder) => folder !== undefined))].sort();
}

/** The folder as package-lock.json names it, such as `node_modules/a/node_modules/b`. */
function pathInLock(folder) {
  return relative(root, folder)
    .replaceAll('\\', '/')
    .replace(/^.*?(?=node_modules\/)/, '');
}

/** The licence texts of the packages, which the licences require to be distributed. */
function licences(packages) {
  return packages
    .map((folder) => {
      const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
      const texts = readdirSync(folder)
        .filter((file) => /^(licen[cs]e|copying|notice)/i.test(file))
        .map((file) => readFileSync(join(folder, file), 'utf8').trim());
      const { name, version } = manifest;
      return [`${name} ${version} (${licenceOf(manifest)})`, ...texts].join('\n\n');
    })
    .join(`\n\n${'-'.repeat(80)}\n\n`);
}
