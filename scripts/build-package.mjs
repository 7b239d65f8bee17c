// Builds the contents of the package into `lib`: what its two entry points import, once as ES modules and once, in
// `lib/cjs`, as CommonJS, for loaders that cannot `require` an ES module (ADR 20).
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, isAbsolute, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';

process.chdir(fileURLToPath(new URL('..', import.meta.url)));

/** These are ES modules only in the version that npm installs, so the CommonJS build contains them. */
const ESM_ONLY = ['@nestjs/jwt', '@nestjs/passport'];
const ENTRIES = ['index', 'testing'];
const COMPILED = 'lib/compiled';

rmSync('lib', { recursive: true, force: true });
const compiler = 'node_modules/typescript/bin/tsc';
const { status } = spawnSync(process.execPath, [compiler, '-p', 'tsconfig.package.json'], {
  // npm pack prints the name of the tarball, so nothing else may be printed to stdout.
  stdio: ['inherit', 2, 2],
});
if (status !== 0) process.exit(1);

for (const file of readdirSync('src', { recursive: true })) {
  if (/\.cjs$|\.LICENSE\.txt$/.test(file))
    copyFileSync(join('src', file), join('lib', basename(file)));
}
await bundle({ dir: 'lib', format: 'esm' }, []);
await bundle({ dir: 'lib/cjs', format: 'cjs' }, ESM_ONLY);
for (const name of ESM_ONLY) {
  copyFileSync(`node_modules/${name}/LICENSE`, `lib/cjs/${basename(name)}.LICENSE.txt`);
}
writeFileSync('lib/cjs/package.json', '{ "type": "commonjs" }\n');
for (const file of declarations()) {
  for (const directory of ['lib', 'lib/cjs']) copyTo(directory, file);
}
rmSync(COMPILED, { recursive: true });

async function bundle(output, bundled) {
  const program = await rolldown({
    input: Object.fromEntries(ENTRIES.map((name) => [name, `${COMPILED}/${name}.js`])),
    platform: 'node',
    external: (id) => !id.startsWith('.') && !isAbsolute(id) && !bundled.includes(id),
    plugins: [{ name: 'shared', resolveId: keepCommonJs(output.dir) }],
    logLevel: 'warn',
  });
  await program.write({
    ...output,
    entryFileNames: '[name].js',
    // All in one file: then modules run in the order in which they are imported, which decorators need.
    codeSplitting: { groups: [{ name: 'gatehouse', test: /./ }] },
    chunkFileNames: '[name].js',
    // Nest and TypeORM use the names of classes.
    keepNames: true,
    comments: { legal: true, annotation: false, jsdoc: false },
  });
  await program.close();
}

/** Leaves CommonJS files outside: both builds share them, and a `require` in ES modules would need `import.meta`. */
function keepCommonJs(directory) {
  return (source) =>
    source.endsWith('.cjs')
      ? { id: `${directory === 'lib' ? '.' : '..'}/${basename(source)}`, external: true }
      : undefined;
}

/** The declarations that those of the entry points refer to. */
function declarations() {
  const found = new Set(ENTRIES.map((name) => `${name}.d.ts`));
  for (const file of found) {
    const text = readFileSync(join(COMPILED, file), 'utf8');
    for (const [, path] of text.matchAll(/(?:from|import\() ?['"](\.[^'"]+)\.js['"]/g)) {
      found.add(`${join(dirname(file), path)}.d.ts`);
    }
  }
  return found;
}

function copyTo(directory, file) {
  mkdirSync(dirname(join(directory, file)), { recursive: true });
  copyFileSync(join(COMPILED, file), join(directory, file));
}
