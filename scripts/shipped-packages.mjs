// Finds the packages that are shipped: those in the bundle, those beside it, and those that the npm package depends on.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { productionPackages } from './production-packages.mjs';

/** Packages whose manifest names no licence, with the one that their readme names. */
const LICENCES_OF_READMES = new Map([['pause@0.0.1', 'MIT']]);

/** Written by scripts/bundle.mjs: the folders of the packages whose modules are in the bundle. */
export const BUNDLED = 'bundle/packages.json';

/** Path (as in package-lock.json), name, version and licence of each package. */
export function shippedPackages(root) {
  const read = (path) => JSON.parse(readFileSync(join(root, path), 'utf8'));
  const ofThePackage = Object.entries(read('package-lock.json').packages)
    .filter(([path, { dev }]) => path !== '' && !dev && existsSync(join(root, path)))
    .map(([path]) => path);
  const paths = new Set([...ofThePackage, ...read(BUNDLED), ...productionPackages(root)]);
  return [...paths].sort().map((path) => {
    const manifest = read(`${path}/package.json`);
    const { name, version } = manifest;
    return { path, name, version, licence: licenceOf(manifest) };
  });
}

/** The licence of a package as an SPDX expression, also from the older member `licenses`. */
export function licenceOf({ name, version, license, licenses = [] }) {
  return (
    license ??
    LICENCES_OF_READMES.get(`${name}@${version}`) ??
    (licenses.map(({ type }) => type).join(' OR ') || undefined)
  );
}
