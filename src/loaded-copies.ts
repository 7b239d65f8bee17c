import { folder } from './common/optional-packages.cjs';

const COPIES = Symbol.for('nest-gatehouse:copies');

// On the global object, which all copies share. Jest has one for each test file, so its files do not see each other.
const shared = globalThis as { [COPIES]?: Set<string> };

/**
 * The places that copies of this package were loaded from: a second installation, or the CommonJS build beside the ES
 * modules. Their classes are different ones, so a guard of one finds no provider of the other. A place that is loaded
 * again, as `jest.resetModules()` does it, counts once.
 */
export const loadedCopies = (shared[COPIES] ??= new Set());

loadedCopies.add(typeof __filename === 'string' ? __filename : `${folder} as ES modules`);
