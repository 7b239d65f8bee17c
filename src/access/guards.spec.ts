import 'reflect-metadata';
import type { ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { beforeEach, describe, expect, it } from '@jest/globals';
import passport from 'passport';
import { codeOf, refusalOf } from '../../test/support/unit.js';
import { AuthenticationGuard } from './authentication.guard.js';
import { DeclaredAccessGuard } from './declared-access.guard.js';
import type { Principal } from './principal.js';
import { Public } from './public.decorator.js';
import { RequireScopes } from './require-scopes.decorator.js';
import { ScopesGuard } from './scopes.guard.js';
import { setVerifiedPrincipal, verifiedPrincipal } from './verified-principals.js';

class Undeclared {
  nothing(): void {}
  @Public() open(): void {}
  @RequireScopes() anyone(): void {}
  @RequireScopes('users:read') reads(): void {}
  @RequireScopes('users:read', 'users:write') writes(): void {}
}

@RequireScopes('users:read')
class Restricted {
  @Public() open(): void {}
  reads(): void {}
}

type Handler = keyof Undeclared | keyof Restricted;
type Request = { headers: { authorization?: string }; user?: unknown };

const requestWith = (authorization?: string): Request => ({
  headers: authorization === undefined ? {} : { authorization },
});

function contextOf(
  handler: Handler,
  request: Request = requestWith(),
  controller: object = Undeclared,
) {
  const prototype = (controller as typeof Undeclared).prototype as unknown as Record<
    string,
    unknown
  >;
  return {
    getHandler: () => prototype[handler],
    getClass: () => controller,
    switchToHttp: () => ({ getRequest: () => request, getResponse: () => ({}) }),
  } as unknown as ExecutionContext;
}

function principal(...scopes: string[]): Principal {
  return {
    id: 'user-1',
    type: 'user',
    accountId: 'account-1',
    role: 'standard',
    granted: scopes,
    scopes: new Set(scopes),
    sessionId: 'session-1',
    expiresAt: 0,
  };
}

const reflector = new Reflector();
const declared = new DeclaredAccessGuard(reflector);
const scopesGuard = new ScopesGuard(reflector);
const authentication = new AuthenticationGuard(reflector);
const brokenReflector = {
  getAllAndOverride: () => {
    throw new Error('broken');
  },
} as unknown as Reflector;

/** What the next request's strategies do; passport gives each request a copy of them. */
let outcome: (strategy: passport.StrategyCreated<passport.Strategy>) => void;
let asked: string[];

beforeEach(() => {
  asked = [];
  outcome = (strategy) => strategy.success(principal('users:read'));
  for (const name of ['bearer', 'basic']) {
    passport.use(name, {
      name,
      authenticate(this: passport.StrategyCreated<passport.Strategy>) {
        asked.push(name);
        outcome(this);
      },
    } as passport.Strategy);
  }
});

describe('DeclaredAccessGuard', () => {
  it.each(['open', 'anyone', 'reads', 'writes'] as const)(
    'passes the declared route %s on',
    (handler) => {
      expect(declared.canActivate(contextOf(handler))).toBe(true);
    },
  );

  it('refuses a route that declares nothing (S-92)', async () => {
    expect(await codeOf(() => declared.canActivate(contextOf('nothing')))).toBe(40302);
  });

  it('denies when it breaks (S-144)', () => {
    expect(() => new DeclaredAccessGuard(brokenReflector).canActivate(contextOf('open'))).toThrow(
      'broken',
    );
  });
});

describe('AuthenticationGuard', () => {
  const enter = (handler: Handler, request: Request) =>
    authentication.canActivate(contextOf(handler, request));

  it('asks nobody at a public route, whatever was sent', async () => {
    for (const authorization of [undefined, 'Bearer x', 'Basic x', 'nonsense']) {
      expect(await enter('open', requestWith(authorization))).toBe(true);
    }
    expect(asked).toEqual([]);
  });

  it.each(['anyone', 'reads', 'nothing'] as const)(
    'verifies whoever comes to %s',
    async (handler) => {
      const request = requestWith('Bearer abc');
      expect(await enter(handler, request)).toBe(true);
      expect(verifiedPrincipal(request)).toEqual(principal('users:read'));
    },
  );

  it('lets the rule of a route count, not that of its controller', async () => {
    const context = contextOf('reads', requestWith(), Restricted);
    expect(await codeOf(() => authentication.canActivate(context))).toBe(40101);
    expect(await authentication.canActivate(contextOf('open', requestWith(), Restricted))).toBe(
      true,
    );
  });

  it.each([
    undefined,
    '',
    ' ',
    'Bearer',
    'Basic',
    'abc',
    'Digest abc',
    'Token abc',
    ' Bearer abc',
    'Bearer\tabc',
    'Bearer,Basic abc',
    'Negotiate Bearer abc',
    `Bearer ${'x'.repeat(8192)}`,
  ])(
    'refuses %j with 40101 and names what is taken, and asks nobody (S-35, S-139)',
    async (authorization) => {
      const request = requestWith(authorization);
      const { entry, headers } = await refusalOf(() => enter('anyone', request));
      expect(entry.code).toBe(40101);
      expect(headers['WWW-Authenticate']).toMatch(
        /^Basic realm="[^"]+", charset="UTF-8", Bearer realm=/,
      );
      expect([asked, verifiedPrincipal(request)]).toEqual([[], undefined]);
    },
  );

  it.each([
    ['Bearer abc', 'bearer', 40103],
    ['bearer abc', 'bearer', 40103],
    ['Basic abc', 'basic', 40101],
    ['BASIC abc', 'basic', 40101],
  ])(
    'asks for %s the strategy %s alone, and tries no other (S-39)',
    async (authorization, name, code) => {
      outcome = (strategy) => strategy.fail(undefined);
      const request = requestWith(authorization);
      expect(await codeOf(() => enter('anyone', request))).toBe(code);
      expect([asked, verifiedPrincipal(request)]).toEqual([[name], undefined]);
    },
  );

  it.each([
    [
      'an error',
      (strategy: passport.StrategyCreated<passport.Strategy>) =>
        strategy.error(new Error('broken')),
    ],
    [
      'an exception',
      () => {
        throw new Error('broken');
      },
    ],
  ])('denies when a strategy ends with %s (S-144)', async (_, end) => {
    outcome = end;
    const request = requestWith('Bearer abc');
    await expect(enter('anyone', request)).rejects.toThrow('broken');
    expect(verifiedPrincipal(request)).toBeUndefined();
  });

  it('denies when a strategy lets someone pass without saying who (S-144)', async () => {
    for (const nobody of [undefined, null, false, 0, '']) {
      outcome = (strategy) => strategy.success(nobody as never);
      expect(await codeOf(() => enter('anyone', requestWith('Bearer abc')))).toBe(40103);
    }
    outcome = (strategy) => strategy.pass();
    expect(await codeOf(() => enter('anyone', requestWith('Bearer abc')))).toBe(40101);
  });

  it('believes no request.user that someone else set (S-191)', async () => {
    for (const authorization of [undefined, 'Bearer abc']) {
      const request = { ...requestWith(authorization), user: principal('owner', 'users:write') };
      outcome = (strategy) => strategy.fail(undefined);
      expect(await codeOf(() => enter('anyone', request))).toBe(authorization ? 40103 : 40101);
      expect(verifiedPrincipal(request)).toBeUndefined();
    }
  });

  it('does not take a request.user for the verdict of a strategy that gave none (S-191)', async () => {
    outcome = (strategy) => strategy.pass();
    const request = { ...requestWith('Bearer abc'), user: principal('owner') };
    expect([40101, 40103]).toContain(await codeOf(() => enter('anyone', request)));
    expect(verifiedPrincipal(request)).toBeUndefined();
  });

  it('denies when it breaks (S-144)', async () => {
    const broken = new AuthenticationGuard(brokenReflector);
    await expect(broken.canActivate(contextOf('open'))).rejects.toThrow('broken');
  });
});

describe('ScopesGuard', () => {
  function enter(handler: Handler, scopes?: string[], user?: unknown) {
    const request: Request = { ...requestWith(), user };
    if (scopes) setVerifiedPrincipal(request, principal(...scopes));
    return scopesGuard.canActivate(contextOf(handler, request));
  }

  it('lets in who holds everything that the route needs', () => {
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
    'refuses at %s who holds %j, and names what is missing: %s',
    async (handler, scopes, missing) => {
      const { entry, headers } = await refusalOf(() => enter(handler, [...scopes]));
      expect([entry.code, entry.status]).toEqual([40302, 403]);
      expect(headers['WWW-Authenticate']).toBe(
        `Bearer error="insufficient_scope", scope="${missing}"`,
      );
    },
  );

  it('refuses a route that declares nothing, even to who holds everything (S-92)', async () => {
    expect(await codeOf(() => enter('nothing', ['owner', 'users:read', 'users:write']))).toBe(
      40302,
    );
  });

  it.each(['anyone', 'reads'] as const)(
    'takes no request.user for a principal at %s (S-191)',
    async (handler) => {
      expect(await codeOf(() => enter(handler, undefined, principal('owner', 'users:read')))).toBe(
        40101,
      );
    },
  );

  it('does not carry a principal from one request to another (S-191)', async () => {
    enter('reads', ['users:read']);
    expect(await codeOf(() => enter('reads'))).toBe(40101);
  });

  it('denies when it breaks (S-144)', () => {
    expect(() => new ScopesGuard(brokenReflector).canActivate(contextOf('open'))).toThrow('broken');
  });
});
