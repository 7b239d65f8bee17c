import { HttpAdapterHost, Reflector } from '@nestjs/core';
import { describe, expect, it } from '@jest/globals';
import {
  brokenReflector,
  contextOf,
  principal,
  requestWith,
  unaskedContext,
  type Handler,
  type Request,
} from '../../test/support/guards.js';
import { codeOf, refusalOf } from '../../test/support/unit.js';
import type { EventBus } from '../events/event-bus.js';
import type { NewEvent } from '../events/gatehouse-event.js';
import { DeniedAccess } from './denied-access.js';
import type { ScopeHints } from './scope-hints.js';
import { ScopesGuard } from './scopes.guard.js';
import { VerifiedPrincipals } from './verified-principals.js';

/** No hint by default, as in production for principals that are neither owner nor admin. */
let hint: string | undefined;
const hints = { describe: () => hint } as unknown as ScopeHints;
const principals = new VerifiedPrincipals();
let published: NewEvent[] = [];
const events = {
  report: async (event: NewEvent) => void published.push(event),
} as unknown as EventBus;
const guardWith = (reflector: Reflector) =>
  new ScopesGuard(
    reflector,
    principals,
    hints,
    new HttpAdapterHost(),
    new DeniedAccess(principals, events),
  );
const scopesGuard = guardWith(new Reflector());

function enter(handler: Handler, scopes?: string[], user?: unknown): boolean | Promise<boolean> {
  const request: Request = { ...requestWith(), user };
  if (scopes) principals.set(request, principal(...scopes));
  return scopesGuard.canActivate(contextOf(handler, request));
}

describe('ScopesGuard', () => {
  it('publishes an event for a refusal, and none for a missing principal (S-147)', async () => {
    published = [];
    expect(await codeOf(() => enter('writes', ['users:read']))).toBe(40302);
    expect(published).toMatchObject([
      {
        name: 'access.denied',
        accountId: 'account-1',
        actorId: 'user-1',
        actorType: 'user',
        clientAddress: '127.0.0.1',
        requestId: expect.any(String),
        reason: 'needs users:write',
      },
    ]);
    expect(await codeOf(() => enter('writes'))).toBe(40101);
    expect(enter('open')).toBe(true);
    expect(published).toHaveLength(1);
  });

  it('accepts a principal that holds all scopes of the route', () => {
    expect(enter('open')).toBe(true);
    expect(enter('anyone', [])).toBe(true);
    expect(enter('reads', ['users:read', 'send'])).toBe(true);
    expect(enter('writes', ['users:write', 'users:read'])).toBe(true);
  });

  it.each([
    ['reads', [], 'users:read'],
    ['reads', ['users:write'], 'users:read'],
    ['reads', ['users', 'users:', 'users:*', '*', 'USERS:READ'], 'users:read'],
    ['writes', ['users:read'], 'users:write'],
    ['writes', ['users:write'], 'users:read'],
    ['writes', [], 'users:read users:write'],
  ] as const)(
    'refuses on the route %s a principal with %j and names the missing scopes: %s',
    async (handler, scopes, missing) => {
      const { entry, headers } = await refusalOf(() => enter(handler, [...scopes]));
      expect([entry.code, entry.status]).toEqual([40302, 403]);
      expect(headers['WWW-Authenticate']).toBe(
        `Bearer error="insufficient_scope", scope="${missing}"`,
      );
    },
  );

  it('adds the hint to the challenge', async () => {
    hint = 'Granted by: owner, admin';
    const { headers } = await refusalOf(() => enter('reads', []));
    hint = undefined;
    expect(headers['WWW-Authenticate']).toBe(
      'Bearer error="insufficient_scope", scope="users:read", error_description="Granted by: owner, admin"',
    );
  });

  it('refuses a route without an access rule, even to an owner (S-92)', async () => {
    expect(await codeOf(() => enter('nothing', ['owner', 'users:read', 'users:write']))).toBe(
      40302,
    );
  });

  it.each(['anyone', 'reads'] as const)(
    'does not use request.user as the principal on the route %s (S-191)',
    async (handler) => {
      expect(await codeOf(() => enter(handler, undefined, principal('owner', 'users:read')))).toBe(
        40101,
      );
    },
  );

  it('does not accept the principal of another Gatehouse (S-191)', async () => {
    const request = requestWith();
    new VerifiedPrincipals().set(request, principal('users:read'));
    expect(await codeOf(() => scopesGuard.canActivate(contextOf('reads', request)))).toBe(40101);
  });

  it('does not use the principal of an earlier request (S-191)', async () => {
    void enter('reads', ['users:read']);
    expect(await codeOf(() => enter('reads'))).toBe(40101);
  });

  it('refuses the request when it fails itself (S-144)', () => {
    expect(() => guardWith(brokenReflector).canActivate(unaskedContext())).toThrow('broken');
  });
});
