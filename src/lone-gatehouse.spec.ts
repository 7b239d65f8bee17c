import { afterEach, describe, expect, it } from '@jest/globals';
import { ModulesContainer } from '@nestjs/core';
import { StartError } from './common/errors/start.error.js';
import { GatehouseModule } from './gatehouse.module.js';
import { LoneGatehouse } from './lone-gatehouse.js';

const shared = globalThis as unknown as Record<symbol, Set<string> | undefined>;
const loadedCopies = shared[Symbol.for('nest-gatehouse:copies')] ?? new Set<string>();

describe('a second copy of the package', () => {
  const other = '/app/node_modules/other/node_modules/nest-gatehouse/lib as ES modules';
  const forRoot = () => GatehouseModule.forRoot({ secret: 'unused' });
  const init = () => new LoneGatehouse(new ModulesContainer()).onModuleInit();

  afterEach(() => {
    loadedCopies.delete(other);
  });

  it('is missing in an ordinary application, which starts', () => {
    expect(forRoot).not.toThrow();
    expect(init).not.toThrow();
  });

  it.each([
    ['before forRoot', forRoot],
    ['after forRoot', init],
  ])('stops the start with one line that names both places, when loaded %s', (_, start) => {
    loadedCopies.add(other);
    expect(start).toThrow(StartError);
    expect(start).toThrow(/^nest-gatehouse was loaded more than once, from .+ and from \/app\/.+$/);
  });
});
