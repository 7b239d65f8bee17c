// Makes one program of the build and of the packages that it loads: `dist` and two thousand files of
// `node_modules` become a few files in `bundle/`, of which a start reads what it needs. Half of a start
// was Node looking for files (ADR 14). By rolldown: it keeps the order in which modules run, which
// decorators rely on, where code is split; esbuild does not.
import { copyFileSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';
import { EXTERNAL_PACKAGES, OPTIONAL_PACKAGES } from './production-packages.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const target = join(root, 'bundle');

rmSync(target, { recursive: true, force: true });
const program = await rolldown({
  input: join(root, 'dist/server/main.js'),
  cwd: root,
  platform: 'node',
  external: [...EXTERNAL_PACKAGES, ...OPTIONAL_PACKAGES].map(anyPathIn),
  plugins: [{ name: 'requires', transform: { filter: { id: /\.js$/ }, handler: seeRequires } }],
  logLevel: 'warn',
});
const { output } = await program.write({
  dir: target,
  format: 'esm',
  entryFileNames: '[name].js',
  chunkFileNames: '[name]-[hash].js',
  strictExecutionOrder: true,
  comments: { legal: false, annotation: false, jsdoc: false },
  plugins: [{ name: 'one-byte', renderChunk: (code) => ({ code: inAscii(code) }) }],
});
await program.close();

copyTexts(join(root, 'dist'));
// Last: scripts/prepare.mjs takes it for the sign of a whole bundle.
writeFileSync(join(target, 'LICENCES.txt'), licences(bundledPackages(output)));

/** `require` that a module of ES form makes for itself would be looked up when it runs, where nothing is. */
function seeRequires(code) {
  return code.replaceAll(/^const require = createRequire\(import\.meta\.url\);$/gm, '');
}

/** Node keeps a file with any other character in two bytes for each: as much memory again. */
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

/** Read by the module beside which they stand, which is a part of a file in `bundle/` now. */
function copyTexts(directory) {
  for (const file of readdirSync(directory, { recursive: true, encoding: 'utf8' })) {
    if (file.endsWith('.txt')) copyFileSync(join(directory, file), join(target, basename(file)));
  }
}

/** The folders of packages that some module is from. */
function bundledPackages(files) {
  const modules = files.flatMap(({ moduleIds = [] }) => moduleIds);
  const folders = modules.map(
    (id) => /.*\/node_modules\/(@[^/]+\/)?[^/]+/.exec(id.replaceAll('\\', '/'))?.[0],
  );
  return [...new Set(folders.filter((folder) => folder !== undefined))].sort();
}

/** Their terms ask that they come along. */
function licences(packages) {
  return packages
    .map((folder) => {
      const { name, version, license } = JSON.parse(
        readFileSync(join(folder, 'package.json'), 'utf8'),
      );
      const texts = readdirSync(folder)
        .filter((file) => /^(licen[cs]e|copying|notice)/i.test(file))
        .map((file) => readFileSync(join(folder, file), 'utf8').trim());
      return [`${name} ${version} (${license})`, ...texts].join('\n\n');
    })
    .join(`\n\n${'-'.repeat(80)}\n\n`);
}
