// Checks the packed package as who installs it gets it: its entry points, its types, what is in it, and that
// its public surface is the one in etc/.
//
//   npm run check:package              all of it
//   npm run check:package -- --update  writes etc/*.api.md anew
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
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
  const isGood = [
    checkContents(files),
    run('publint', ['--strict', tarball]),
    // The package is ESM: a CommonJS application takes it by require(esm) (Node 20.19, 22.12).
    run('attw', [tarball, '--profile', 'esm-only', '--no-emoji']),
    checkSurface('index'),
    checkSurface('testing'),
  ];
  process.exitCode = isGood.every(Boolean) ? 0 : 1;
} finally {
  rmSync(directory, { recursive: true, force: true });
}

function checkContents(files) {
  const isExpected = (path) =>
    /^(package\.json|README\.md|LICENSE|CHANGELOG\.md)$/.test(path) ||
    /^lib\/.+(\.js|\.d\.ts|common-passwords(\.LICENSE)?\.txt)$/.test(path);
  const strangers = files.map(({ path }) => path).filter((path) => !isExpected(path));
  for (const path of strangers) console.error(`${path} does not belong in the package`);
  const bytes = files.reduce((sum, { size }) => sum + size, 0);
  console.log(`${files.length} files, ${Math.round(bytes / 1024)} KiB unpacked`);
  return strangers.length === 0;
}

function run(tool, args) {
  const { status } = spawnSync('npx', ['--no-install', tool, ...args], { stdio: 'inherit' });
  return status === 0;
}

function checkSurface(door) {
  const config = ExtractorConfig.prepare({
    configObjectFullPath: join(process.cwd(), 'api-extractor.json'),
    packageJsonFullPath: join(process.cwd(), 'package.json'),
    configObject: {
      projectFolder: process.cwd(),
      mainEntryPointFilePath: join(process.cwd(), `lib/${door}.d.ts`),
      compiler: { tsconfigFilePath: join(process.cwd(), 'tsconfig.package.json') },
      newlineKind: 'lf',
      apiReport: {
        enabled: true,
        reportFileName: `${door}.api.md`,
        reportFolder: join(process.cwd(), 'etc'),
        reportTempFolder: join(directory, door),
      },
      docModel: { enabled: false },
      dtsRollup: { enabled: false },
      tsdocMetadata: { enabled: false },
      messages: {
        extractorMessageReporting: {
          default: { logLevel: 'warning' },
          // Docstrings say what is promised by standing in the public door.
          'ae-missing-release-tag': { logLevel: 'none' },
          // The report has no docstrings, and lists what an export's signature needs beside it.
          'ae-undocumented': { logLevel: 'none' },
          'ae-forgotten-export': { logLevel: 'none' },
        },
        // Examples show decorators, which TSDoc takes for tags.
        tsdocMessageReporting: { default: { logLevel: 'none' } },
      },
    },
  });
  const { succeeded, apiReportChanged } = Extractor.invoke(config, {
    localBuild: isUpdate,
    showVerboseMessages: false,
  });
  if (apiReportChanged && !isUpdate) {
    console.error(
      `The public surface of ${door} is not the one in etc/. Is it meant? npm run check:package -- --update`,
    );
  }
  return succeeded;
}
