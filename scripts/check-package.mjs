// Checks the packed package as its users install it: its entry points, its types, its contents, and that its
// public surface matches etc/.
//
//   npm run check:package              checks everything
//   npm run check:package -- --update  writes etc/*.api.md again
//
// `npm test` names a file in TEST_PACKAGE: the tarball is copied there, and the end-to-end tests install it.
import { execFileSync, spawnSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Extractor, ExtractorConfig } from '@microsoft/api-extractor';

process.chdir(fileURLToPath(new URL('..', import.meta.url)));

const isUpdate = process.argv.includes('--update');
const directory = mkdtempSync(join(tmpdir(), 'gatehouse-pack-'));
try {
  const [{ filename, files }] = JSON.parse(
    execFileSync('npm', ['pack', '--json', '--pack-destination', directory], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'inherit'],
    }),
  );
  const tarball = join(directory, filename);
  if (process.env.TEST_PACKAGE) copyFileSync(tarball, process.env.TEST_PACKAGE);
  const isGood = [
    checkContents(files),
    checkImports(),
    run('publint', ['--strict', tarball]),
    // The package is ESM: a CommonJS application loads it by require(esm) (Node 20.19, 22.12).
    run('attw', [tarball, '--profile', 'esm-only', '--no-emoji']),
    checkSurface('index'),
    checkSurface('testing'),
  ];
  process.exitCode = isGood.every(Boolean) ? 0 : 1;
} finally {
  rmSync(directory, { recursive: true, force: true });
}

function checkContents(files) {
  const expected =
    /^(package\.json|README\.md|LICENSE|CHANGELOG\.md|lib\/(?!server\/).+(\.js|\.d\.ts|common-passwords(\.LICENSE)?\.txt))$/;
  const strangers = files.map(({ path }) => path).filter((path) => !expected.test(path));
  for (const path of strangers) console.error(`${path} does not belong in the package`);
  const bytes = files.reduce((sum, { size }) => sum + size, 0);
  console.log(`${files.length} files, ${Math.round(bytes / 1024)} KiB unpacked`);
  return strangers.length === 0;
}

/** Checks that every import of the package is one of its dependencies or peer dependencies. */
function checkImports() {
  const { dependencies, peerDependencies } = JSON.parse(readFileSync('package.json', 'utf8'));
  const known = new Set([...Object.keys(dependencies), ...Object.keys(peerDependencies)]);
  const unknown = readdirSync('lib', { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.js'))
    .flatMap((file) =>
      [...readFileSync(join('lib', file), 'utf8').matchAll(/from '((?:@[^/']+\/)?[^/'.][^/']*)/g)]
        .map(([, name]) => name)
        .filter((name) => !name.startsWith('node:') && !known.has(name))
        .map((name) => `lib/${file} imports ${name}, which the package does not ask for`),
    );
  for (const line of unknown) console.error(line);
  return unknown.length === 0;
}

function run(tool, args) {
  const { status } = spawnSync('npx', ['--no-install', tool, ...args], { stdio: 'inherit' });
  return status === 0;
}

function checkSurface(entryPoint) {
  const configFile = join(process.cwd(), 'api-extractor.json');
  const configObject = ExtractorConfig.loadFile(configFile);
  configObject.mainEntryPointFilePath = `<projectFolder>/lib/${entryPoint}.d.ts`;
  configObject.apiReport.reportFileName = `${entryPoint}.api.md`;
  configObject.apiReport.reportTempFolder = join(directory, entryPoint);
  const config = ExtractorConfig.prepare({
    configObject,
    configObjectFullPath: configFile,
    packageJsonFullPath: join(process.cwd(), 'package.json'),
  });
  const { succeeded, apiReportChanged } = Extractor.invoke(config, {
    localBuild: isUpdate,
    showVerboseMessages: false,
  });
  if (apiReportChanged && !isUpdate) {
    console.error(
      `The public surface of ${entryPoint} is not the one in etc/. Is it meant? npm run check:package -- --update`,
    );
  }
  return succeeded;
}
