import { describe, expect, it } from '@jest/globals';
import type { ScopeDefinitions } from './define-scopes.js';
import { ScopeRegistry } from './scope-registry.js';

function registryOf(definitions: ScopeDefinitions): ScopeRegistry {
  return new ScopeRegistry({ definitions, roles: new Set() });
}

describe('ScopeRegistry', () => {
  const registry = registryOf({
    read: [],
    write: [],
    edit: ['read', 'write'],
    all: ['edit', 'read'],
  });

  it('expands a name to itself and all that it includes, directly or through others', () => {
    expect([...registry.expand(['all'])].toSorted()).toEqual(['all', 'edit', 'read', 'write']);
    expect([...registry.expand(['read', 'write'])].toSorted()).toEqual(['read', 'write']);
    expect(registry.expand(['read']).has('edit')).toBe(false);
  });

  it.each([
    [[]],
    [['nothing']],
    [['']],
    [['rea']],
    [['Read']],
    [['read ']],
    [['read write']],
    [['*']],
    [['__proto__']],
    [['constructor']],
    [['toString']],
    [['nothing', '__proto__']],
  ])('gives nothing for %j, because names are matched exactly (S-72, S-102)', (names) => {
    expect(registry.expand(names).size).toBe(0);
    expect(names.some((name) => registry.has(name))).toBe(false);
  });

  it('ignores an unknown name beside a known one (S-72)', () => {
    expect([...registry.expand(['nothing', 'read'])]).toEqual(['read']);
  });

  it.each([
    ['itself', { a: ['a'] }],
    ['itself through another', { a: ['b'], b: ['a'] }],
    ['itself through two others', { a: ['b'], b: ['c'], c: ['a'] }],
    ['a scope that includes itself', { z: ['a'], a: ['b'], b: ['b'] }],
  ])('refuses a scope that includes %s (S-102)', (_, definitions) => {
    expect(() => registryOf(definitions)).toThrow(/includes itself/);
  });

  it.each(['missing', 'toString', '__proto__', ''])(
    'refuses a scope that includes the undefined %j (S-102)',
    (name) => {
      expect(() => registryOf({ a: [name] })).toThrow(/not defined/);
    },
  );
});
