// Checks what is shipped, which is less than node_modules holds: known defects (S-163) and licences. A high or critical
// defect fails the run, others are listed; SECURITY.md says how soon they are fixed.
//
//   npm run audit                 checks
//   npm run audit -- --sbom FILE  writes the software bill of materials (S-165), too
//
// A registry that does not know of defects, or cannot be reached, is no failure; the output says `left out`.
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { sbom } from './sbom.mjs';
import { shippedPackages } from './shipped-packages.mjs';

/** They allow any use, and ask for no more than their text, which `bundle/LICENCES.txt` and the packages contain. */
const ALLOWED_LICENCES = new Set([
  '0BSD',
  'Apache-2.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'BlueOak-1.0.0',
  'ISC',
  'MIT',
  'MIT-0',
]);
const FAILING = new Set(['high', 'critical']);

const root = fileURLToPath(new URL('..', import.meta.url));
process.chdir(root);
const packages = shippedPackages(root);
console.log(`${packages.length} packages are shipped`);
const isGood = [checkDefects(), checkLicences()];
process.exitCode = isGood.every(Boolean) ? 0 : 1;
const [option, file] = process.argv.slice(2);
if (option === '--sbom') writeFileSync(file, `${JSON.stringify(sbom(root), undefined, 2)}\n`);

function checkDefects() {
  const report = defectReport();
  if (!report?.vulnerabilities) {
    console.log(`left out: known defects, since the registry does not tell (${reasonOf(report)})`);
    return true;
  }
  const paths = new Set(packages.map(({ path }) => path));
  const found = Object.values(report.vulnerabilities)
    .filter(({ nodes }) => nodes.some((path) => paths.has(path)))
    // A text names the dependency that has the defect, which is listed itself.
    .flatMap(({ via }) => via.filter((each) => typeof each === 'object'));
  for (const { severity, name, range, title, url } of found) {
    console.log(`${severity}: ${name} ${range}: ${title} (${url})`);
  }
  console.log(`${found.length} known defects`);
  return !found.some(({ severity }) => FAILING.has(severity));
}

/** npm's report on all of package-lock.json; its exit code tells nothing, since it counts what is not shipped. */
function defectReport() {
  const args = ['audit', '--json', '--fetch-retries=0', '--fetch-timeout=30000'];
  const { stdout } = spawnSync('npm', args, { encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 });
  try {
    return JSON.parse(stdout);
  } catch {
    return undefined;
  }
}

function reasonOf(report) {
  return report?.error?.code ?? report?.message ?? 'no report';
}

function checkLicences() {
  const others = packages.filter(({ licence }) => !isAllowed(licence));
  for (const { path, version, licence } of others) {
    console.error(`${path} ${version} has the licence ${licence}, which is not on the list`);
  }
  return others.length === 0;
}

/** Whether one of the licences to choose from is on the list, or each of those that apply together. */
function isAllowed(expression = '') {
  const choices = expression.replace(/^\((.*)\)$/, '$1').split(' OR ');
  return choices.some((choice) => choice.split(' AND ').every((id) => ALLOWED_LICENCES.has(id)));
}
