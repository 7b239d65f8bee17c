// Creates the folder that runs in production: the bundle, the packages that it needs, and no more.
// Packages are copied from node_modules here, so they have the versions of package-lock.json and the
// native modules of this platform.
//
//   npm run build:service               into service/
//   npm run build:service -- DIRECTORY  into another folder, which is empty or does not exist yet
import { execFileSync } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { productionPackages } from './production-packages.mjs';
import { sbom } from './sbom.mjs';

/** Licence files, which the licences require to be distributed. */
const LICENCE = /^(licen[cs]e|copying|notice)/i;

/** Sources, second copies for bundlers, and files of compilers. */
const UNUSED = [
  /\.(map|ts|md|markdown)$/,
  // Of its build, only the binary is loaded; the rest is SQLite's source and object files.
  /^better-sqlite3(-12)?\/(?!lib\/|package\.json|LICENSE|prebuilds\/|build\/Release\/better_sqlite3\.node)/,
  // Keeps the binaries for both C libraries of this platform, like bcrypt.
  new RegExp(`^better-sqlite3/prebuilds/(?!${process.platform}(musl)?-${process.arch}\\.node)`),
  new RegExp(`^bcrypt/prebuilds/(?!${process.platform}-${process.arch}/)`),
  /^jsonc-parser\/lib\/esm\//,
  /^swagger-ui-dist\/swagger-ui(-es-bundle.*)?\.js$/,
];

const root = fileURLToPath(new URL('..', import.meta.url));
const ownTarget = join(root, 'service');
const target = process.argv[2] === undefined ? ownTarget : resolve(process.argv[2]);

// Other files stay: a service that runs in this folder keeps its data there.
if (target === ownTarget) removeFormer();
else if (existsSync(target) && readdirSync(target).length > 0) stop(`${target} is not empty`);

copyFolder('bundle', () => true);
const packages = productionPackages(root);
for (const path of packages) copyFolder(path, (file) => isUsed(nameOf(path), file));
copyFileSync(join(root, 'LICENSE'), join(target, 'LICENSE'));
writeJson('package.json', manifest());
writeJson('sbom.cdx.json', sbom(root));
report();

function removeFormer() {
  for (const name of ['bundle', 'node_modules', 'package.json', 'sbom.cdx.json', 'LICENSE']) {
    rmSync(join(target, name), { recursive: true, force: true });
  }
}

function copyFolder(folder, isWanted) {
  const source = join(root, folder);
  for (const path of filesIn(source)) {
    if (!isWanted(path)) continue;
    const copy = join(target, folder, path);
    mkdirSync(dirname(copy), { recursive: true });
    copyFileSync(join(source, path), copy);
  }
}

/** The files of a package without nested packages: needed ones are in the list themselves. */
function filesIn(directory, prefix = '') {
  return readdirSync(join(directory, prefix), { withFileTypes: true }).flatMap((entry) => {
    const path = prefix + entry.name;
    if (entry.isDirectory()) {
      return entry.name === 'node_modules' ? [] : filesIn(directory, `${path}/`);
    }
    return [path];
  });
}

function isUsed(name, file) {
  return LICENCE.test(basename(file)) || !UNUSED.some((unused) => unused.test(`${name}/${file}`));
}

function writeJson(name, value) {
  writeFileSync(join(target, name), `${JSON.stringify(value, undefined, 2)}\n`);
}

function nameOf(path) {
  return path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length);
}

function manifest() {
  const { name, version, license, type, engines, scripts } = JSON.parse(
    readFileSync(join(root, 'package.json'), 'utf8'),
  );
  const { start, gatehouse, 'audit:verify': verify } = scripts;
  const commands = { start, gatehouse, 'audit:verify': verify };
  return { name, version, private: true, license, type, engines, scripts: commands };
}

function report() {
  const size = execFileSync('du', ['-sm', join(target, 'node_modules')], { encoding: 'utf8' });
  console.log(`${target}: ${packages.length} packages, ${Number.parseInt(size, 10)} MB`);
}

function stop(line) {
  console.error(line);
  process.exit(1);
}
