import { StartError } from './errors/start.error.js';
import { folder } from './optional-packages.cjs';

const COPIES = Symbol.for('nest-gatehouse:copies');

// On the global object, which all copies share. Jest has one for each test file, so its files do not see each other.
const shared = globalThis as { [COPIES]?: Set<string> };

/**
 * The places that copies of this package were loaded from: a second installation, or the CommonJS build beside the ES
 * modules. Their classes are different ones, so a guard of one finds no provider of the other. A place that is loaded
 * again, as `jest.resetModules()` does it, counts once.
 */
const loadedCopies = (shared[COPIES] ??= new Set());

loadedCopies.add(typeof __filename === 'string' ? __filename : `${folder} as ES modules`);

/** @throws StartError when this package was loaded from more than one place */
export function refuseSecondCopy(): void {
  if (loadedCopies.size < 2) return;
  const places = [...loadedCopies].join(' and from ');
  throw new StartError(`nest-gatehouse was loaded more than once, from ${places}: load one copy`);
}
