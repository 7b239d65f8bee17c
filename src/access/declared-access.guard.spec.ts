import { Reflector } from '@nestjs/core';
import { describe, expect, it } from '@jest/globals';
import { brokenReflector, contextOf, unaskedContext } from '../../test/support/guards.js';
import { codeOf } from '../../test/support/unit.js';
import { DeclaredAccessGuard } from './declared-access.guard.js';

const declared = new DeclaredAccessGuard(new Reflector());

describe('DeclaredAccessGuard', () => {
  it.each(['open', 'anyone', 'reads', 'writes'] as const)(
    'accepts the declared route %s',
    (handler) => {
      expect(declared.canActivate(contextOf(handler))).toBe(true);
    },
  );

  it('refuses a route without an access rule (S-92)', async () => {
    expect(await codeOf(() => declared.canActivate(contextOf('nothing')))).toBe(40302);
  });

  it('refuses the request when it fails itself (S-144)', () => {
    expect(() => new DeclaredAccessGuard(brokenReflector).canActivate(unaskedContext())).toThrow(
      'broken',
    );
  });
});
