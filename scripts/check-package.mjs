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
import { CompilerState, Extractor, ExtractorConfig } from '@microsoft/api-extractor';

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
    runTool('publint', ['--strict', tarball]),
    runTool('attw', [tarball, '--no-emoji']),
    checkBuilds(),
    ...checkSurfaces(['index', 'testing']),
  ];
  process.exitCode = isGood.every(Boolean) ? 0 : 1;
} finally {
  rmSync(directory, { recursive: true, force: true });
}

function checkContents(files) {
  const expected =
    /^(package\.json|README\.md|LICENSE|CHANGELOG\.md|lib\/cjs\/package\.json|lib\/(?!server\/).+(\.c?js|\.d\.ts|\.LICENSE\.txt))$/;
  const strangers = files.map(({ path }) => path).filter((path) => !expected.test(path));
  for (const path of strangers) console.error(`${path} does not belong in the package`);
  const bytes = files.reduce((sum, { size }) => sum + size, 0);
  console.log(`${files.length} files, ${Math.round(bytes / 1024)} KiB unpacked`);
  return strangers.length === 0;
}

/**
 * Checks that every import of the package is one of its dependencies or peer dependencies, and that nothing in it keeps
 * CommonJS loaders out.
 */
function checkImports() {
  const { dependencies, peerDependencies } = JSON.parse(readFileSync('package.json', 'utf8'));
  const known = new Set([...Object.keys(dependencies), ...Object.keys(peerDependencies)]);
  const faults = readdirSync('lib', { recursive: true, encoding: 'utf8' })
    .filter((file) => /\.(c?js|d\.ts)$/.test(file))
    .flatMap((file) => {
      const code = readFileSync(join('lib', file), 'utf8').replaceAll(/^\/\/.*/gm, '');
      const imports = /(?:from |import\(|require\()["']((?:@[\w-]+\/)?\w[\w:.-]*)[\w/.-]*["']/g;
      const names = [...code.matchAll(imports)].map(([, name]) => name);
      const unknown = names
        .filter((name) => !name.startsWith('node:') && !known.has(name))
        .map((name) => `lib/${file} imports ${name}, which the package does not ask for`);
      const esm = names
        .filter((name) => file.startsWith('cjs/') && /^@nestjs\/(jwt|passport)$/.test(name))
        .map((name) => `lib/${file} imports ${name}, which npm installs as ES modules`);
      const words = (code.match(/import\.meta|createRequire|^await /gm) ?? []).map(
        (word) => `lib/${file} has ${word}, with which CommonJS loaders cannot deal`,
      );
      return unknown.concat(esm, words);
    });
  for (const line of faults) console.error(line);
  return faults.length === 0;
}

/**
 * Checks that `import` and `require` in one process give the same classes, and that both builds export the same, under
 * the names that Nest and TypeORM show.
 */
function checkBuilds() {
  const program = `
    const assert = require('node:assert');
    (async () => {
      for (const entry of ['', '/testing']) {
        const modules = await import('nest-gatehouse' + entry);
        for (const [name, value] of Object.entries(modules)) {
          assert.strictEqual(require('nest-gatehouse' + entry)[name], value, name);
        }
        const build = require('./lib/cjs' + (entry || '/index') + '.js');
        assert.deepEqual(Object.keys(build).sort(), Object.keys(modules).sort());
        for (const [name, value] of [...Object.entries(modules), ...Object.entries(build)]) {
          if (typeof value === 'function' && value.name) assert.strictEqual(value.name, name);
        }
      }
      // The path that Nest's compiler plug-in for Swagger writes for a type of ours.
      const { User } = require('nest-gatehouse/lib/cjs/users/user.entity');
      assert.strictEqual(User, require('nest-gatehouse').User);
    })().catch((error) => { console.error(error); process.exitCode = 1; });`;
  return run(process.execPath, ['--disable-warning=ExperimentalWarning', '-e', program]);
}

function runTool(tool, args) {
  return run('npx', ['--no-install', tool, ...args]);
}

function run(command, args) {
  const { status } = spawnSync(command, args, { stdio: 'inherit' });
  return status === 0;
}

/** One compilation serves all entry points. */
function checkSurfaces(entryPoints) {
  const configs = entryPoints.map(configOf);
  const compilerState = CompilerState.create(configs[0], {
    additionalEntryPoints: configs.slice(1).map((config) => config.mainEntryPointFilePath),
  });
  return configs.map((config, index) => {
    const { succeeded, apiReportChanged } = Extractor.invoke(config, {
      compilerState,
      localBuild: isUpdate,
      showVerboseMessages: false,
    });
    if (apiReportChanged && !isUpdate) {
      console.error(
        `The public surface of ${entryPoints[index]} is not the one in etc/. Is it meant? npm run check:package -- --update`,
      );
    }
    return succeeded;
  });
}

function configOf(entryPoint) {
  const configFile = join(process.cwd(), 'api-extractor.json');
  const configObject = ExtractorConfig.loadFile(configFile);
  configObject.mainEntryPointFilePath = `<projectFolder>/lib/${entryPoint}.d.ts`;
  configObject.apiReport.reportFileName = `${entryPoint}.api.md`;
  configObject.apiReport.reportTempFolder = join(directory, entryPoint);
  return ExtractorConfig.prepare({
    configObject,
    configObjectFullPath: configFile,
    packageJsonFullPath: join(process.cwd(), 'package.json'),
  });
}
