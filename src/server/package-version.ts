import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);

/** The version in package.json, which the bundle includes. */
export function packageVersion(): string {
  return (require('../../package.json') as { version: string }).version;
}
