import { afterEach, describe, expect, it } from '@jest/globals';
import { ModulesContainer } from '@nestjs/core';
import { StartError } from './common/errors/start.error.js';
import { loadedCopies } from './loaded-copies.js';
import { LoneGatehouse } from './lone-gatehouse.js';

describe('a second copy of the package', () => {
  const other = '/app/node_modules/other/node_modules/nest-gatehouse/lib as ES modules';

  afterEach(() => {
    loadedCopies.delete(other);
  });

  it('does not stop the start of the only one', () => {
    expect(() => new LoneGatehouse(new ModulesContainer())).not.toThrow();
  });

  it('stops the start with one line that names the places of both', () => {
    loadedCopies.add(other);
    const start = () => new LoneGatehouse(new ModulesContainer());
    expect(start).toThrow(StartError);
    expect(start).toThrow(/^nest-gatehouse was loaded more than once, from .+ and from \/app\/.+$/);
  });

  it('registers where all copies find it', () => {
    const shared = globalThis as Record<symbol, unknown>;
    expect(shared[Symbol.for('nest-gatehouse:copies')]).toBe(loadedCopies);
  });
});
