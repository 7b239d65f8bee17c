// Generates the applications that `nest new` makes, for two major versions of Nest, and installs their packages and
// those of the example shop: for test/embedding. `npm test` runs it beside its first steps, because it waits for the
// network most of the time. The package is not packed by then, so npm gets its package.json alone, and chooses for its
// dependencies and peers what an application would get; the tests lay the packed files over it.
//
//   node scripts/install-hosts.mjs FOLDER [nest-11|nest-12 …]
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * Each installation: a version of Nest, the applications in it, and where it departs from the shop's package.json. Both
 * have both lines of TypeORM; npm sees one as a peer of the package, the other under a name that the tests exchange.
 */
const INSTALLATIONS = {
  'nest-11': {
    nest: '^11.0.0',
    hosts: { commonjs: [] },
    packages: {
      '@nestjs/apollo': '^13.0.0',
      '@nestjs/graphql': '^13.0.0',
      'class-validator': '^0.14.1',
      '@redis/client': '^5.0.0',
      typeorm: '^0.3.20',
      'other-typeorm': 'npm:typeorm@^1.1.0',
    },
    notRun: [],
  },
  'nest-12': {
    nest: '^12.0.0',
    hosts: { module: ['--type=esm', '--strict'] },
    packages: { '@redis/client': '^6.0.0', 'other-typeorm': 'npm:typeorm@^0.3.20' },
    // Vitest compiles for itself.
    notRun: ['@nestjs/cli', '@nestjs/schematics'],
  },
};

/** For guards of gateways and message handlers. */
const TRANSPORTS = ['microservices', 'platform-socket.io', 'platform-ws', 'websockets'];
const CLIENTS = { 'socket.io-client': '^4.0.0', ws: '^8.0.0', '@types/ws': '^8.0.0' };

/** Tools of the template that no test runs: linters, formatters, a bundler and a deployment client. */
const NOT_RUN =
  /eslint|oxlint|prettier|^globals$|coverage|ts-loader|ts-node|source-map-support|nestjs\/mau$/;

const root = fileURLToPath(new URL('..', import.meta.url));

/** Where npm finds the package.json of the package, without what concerns only this checkout. */
const OWN = 'own-manifest';

const [folder = '', ...names] = process.argv.slice(2);
for (const name of names.length > 0 ? names : Object.keys(INSTALLATIONS)) {
  await prepare(name, resolve(folder, name));
}

/** Leaves the file `.prepared` behind, last. */
async function prepare(name, directory) {
  const { nest, hosts, packages, notRun } = INSTALLATIONS[name];
  rmSync(directory, { recursive: true, force: true });
  mkdirSync(directory, { recursive: true });
  const templates = await generate(directory, nest, hosts);
  const shop = readManifest(join(root, 'examples/monolith'));
  const { devDependencies: _, scripts: __, ...own } = readManifest(root);
  mkdirSync(join(directory, OWN));
  writeFileSync(join(directory, OWN, 'package.json'), JSON.stringify(own));
  shop.dependencies['nest-gatehouse'] = `file:${OWN}`;
  for (const each of TRANSPORTS) shop.dependencies[`@nestjs/${each}`] = nest;
  const isOfShop = nest === shop.dependencies['@nestjs/core'];
  for (const each of Object.keys(shop.dependencies)) {
    if (!isOfShop && each.startsWith('@nestjs/')) shop.dependencies[each] = nest;
  }
  const dependencies = { ...shop.dependencies, ...CLIENTS, ...packages };
  for (const template of templates) {
    for (const [each, range] of [
      ...Object.entries(template.dependencies),
      ...Object.entries(template.devDependencies),
    ]) {
      if (!NOT_RUN.test(each) && !notRun.includes(each)) dependencies[each] = range;
    }
  }
  const { typeorm } = shop.overrides;
  const overrides = { typeorm, 'other-typeorm': typeorm };
  const manifest = { private: true, dependencies, overrides };
  writeFileSync(join(directory, 'package.json'), JSON.stringify(manifest, null, 2));
  const flags = ['--ignore-scripts', '--prefer-offline', '--no-audit', '--no-fund'];
  await run('npm', ['install', '--install-links', ...flags, '--loglevel=error'], directory);
  writeFileSync(join(directory, '.prepared'), '');
}

/** Writes what `nest new` writes into a folder for each host; returns their package.json. */
async function generate(directory, nest, hosts) {
  const [{ filename }] = JSON.parse(
    await run(
      'npm',
      ['pack', '--json', '--loglevel=error', `@nestjs/schematics@${nest}`],
      directory,
    ),
  );
  await run('tar', ['-xzf', filename], directory);
  const collection = join(directory, 'package');
  symlinkSync(join(root, 'node_modules'), join(collection, 'node_modules'));
  const program = join(root, 'node_modules/.bin/schematics');
  for (const [host, options] of Object.entries(hosts)) {
    const schematic = `${join(collection, 'dist/collection.json')}:application`;
    const names = ['--name=host', `--directory=${host}`, '--language=ts', '--spec'];
    await run(
      process.execPath,
      [program, schematic, ...names, ...options, '--no-dry-run'],
      directory,
    );
  }
  rmSync(collection, { recursive: true });
  return Object.keys(hosts).map((host) => readManifest(join(directory, host)));
}

function readManifest(directory) {
  return JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8'));
}

async function run(command, args, cwd) {
  const child = spawn(command, args, { cwd, stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  child.stdout.on('data', (chunk) => (output += chunk));
  const [status] = await once(child, 'close');
  if (status !== 0) throw new Error(`${command} ${args.join(' ')} failed:\n${output}`);
  return output;
}
