// Makes the software bill of materials of what is shipped, in CycloneDX (S-165). npm writes it for all of
// package-lock.json, of which most is for development only.
import { execFileSync } from 'node:child_process';
import { shippedPackages } from './shipped-packages.mjs';

const DEVELOPMENT = 'cdx:npm:package:development';

export function sbom(root) {
  const licences = new Map(shippedPackages(root).map((each) => [refOf(each), each.licence]));
  const args = [
    'sbom',
    '--package-lock-only',
    '--sbom-format=cyclonedx',
    '--sbom-type=application',
  ];
  const all = JSON.parse(
    execFileSync('npm', args, { cwd: root, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 }),
  );
  const own = all.metadata.component['bom-ref'];
  const isShipped = (ref) => ref === own || licences.has(ref);
  const components = all.components
    .filter((component) => isShipped(component['bom-ref']))
    .map((component) => shipped(component, licences.get(component['bom-ref'])));
  const listed = new Set(components.map((component) => component['bom-ref']));
  const missing = [...licences.keys()].filter((ref) => !listed.has(ref));
  if (missing.length > 0) throw new Error(`npm sbom does not list ${missing.join(', ')}`);
  const dependencies = all.dependencies
    .filter(({ ref }) => isShipped(ref))
    .map(({ ref, dependsOn }) => ({ ref, dependsOn: dependsOn.filter(isShipped) }));
  return { ...all, components, dependencies };
}

/** npm takes a bundled package for one of the development, and does not know every licence. */
function shipped({ properties, ...component }, licence) {
  const licences = component.licenses ?? [{ license: { name: licence } }];
  return {
    ...component,
    scope: 'required',
    licenses: licences,
    properties: properties.filter(({ name }) => name !== DEVELOPMENT),
  };
}

function refOf({ name, version }) {
  return `${name}@${version}`;
}
