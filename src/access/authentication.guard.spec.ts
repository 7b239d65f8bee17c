import { HttpAdapterHost, Reflector } from '@nestjs/core';
import { beforeEach, describe, expect, it } from '@jest/globals';
import type passport from 'passport';
import {
  brokenReflector,
  contextOf,
  principal,
  requestWith,
  unaskedContext,
  Restricted,
  type Handler,
  type Request,
} from '../../test/support/guards.js';
import { codeOf, refusalOf } from '../../test/support/unit.js';
import { Clock } from '../common/clock.js';
import { TransportPolicy } from '../common/transport/transport-policy.js';
import { EventBus } from '../events/event-bus.js';
import { CacheInvalidation } from '../common/cache-invalidation.js';
import { AuthenticationGuard } from './authentication.guard.js';
import { PrincipalAuthenticator } from './principal-authenticator.js';
import type { Principal } from './principal.js';
import { VerificationCache } from './verification-cache.js';
import { Strategies } from './strategies.js';
import type { Verification } from './verification.js';
import { VerifiedPrincipals } from './verified-principals.js';

const strategies = new Strategies();
const principals = new VerifiedPrincipals();
const transport = new TransportPolicy({
  trustProxy: [],
  https: 'unchecked',
  revokesExposed: false,
});
const guardWith = (reflector: Reflector) =>
  new AuthenticationGuard(
    reflector,
    new PrincipalAuthenticator(
      strategies,
      transport,
      principals,
      new VerificationCache(new Clock(), new CacheInvalidation()),
      new EventBus(new Clock()),
    ),
    new HttpAdapterHost(),
  );
/** Created anew for each test, with an empty cache. */
let authentication: AuthenticationGuard;
const verified = (verifiedAs: Principal): Verification => ({
  principal: verifiedAs,
  until: Infinity,
  dependsOn: [],
  renew: () => Promise.reject(new Error('not renewable')),
});
const verifiedPrincipal = (request: object) => principals.of(request);
const enter = (handler: Handler, request: Request) =>
  authentication.canActivate(contextOf(handler, request));

/** The behaviour of both strategies for the next request; passport copies the strategies for each request. */
let outcome: (strategy: passport.StrategyCreated<passport.Strategy>) => void;
let asked: string[];

beforeEach(() => {
  authentication = guardWith(new Reflector());
  asked = [];
  outcome = (strategy) => strategy.success(verified(principal('users:read')));
  for (const name of ['bearer', 'basic']) {
    strategies.register(name, {
      name,
      authenticate(this: passport.StrategyCreated<passport.Strategy>) {
        asked.push(name);
        outcome(this);
      },
    });
  }
});

describe('AuthenticationGuard', () => {
  it('runs no strategy on a public route, whatever the request sends', async () => {
    for (const authorization of [undefined, 'Bearer x', 'Basic x', 'nonsense']) {
      expect(await enter('open', requestWith(authorization))).toBe(true);
    }
    expect(asked).toEqual([]);
  });

  it.each(['anyone', 'reads', 'nothing'] as const)(
    'verifies the caller of the handler %s',
    async (handler) => {
      const request = requestWith('Bearer abc');
      expect(await enter(handler, request)).toBe(true);
      expect(verifiedPrincipal(request)).toEqual(principal('users:read'));
    },
  );

  it('verifies what the caller of a public handler sends, if the handler takes a principal', async () => {
    for (const authorization of [undefined, '']) {
      const request = requestWith(authorization);
      expect(await enter('greets', request)).toBe(true);
      expect([asked, verifiedPrincipal(request)]).toEqual([[], undefined]);
    }
    const request = requestWith('Bearer abc');
    expect(await enter('greets', request)).toBe(true);
    expect(verifiedPrincipal(request)).toEqual(principal('users:read'));
    outcome = (strategy) => strategy.fail(undefined);
    expect(await codeOf(() => enter('greets', requestWith('Bearer dead')))).toBe(40103);
    expect(await codeOf(() => enter('greets', requestWith('Basic abc')))).toBe(40101);
    expect(await codeOf(() => enter('greets', requestWith('Digest abc')))).toBe(40101);
  });

  it('applies the rule of the route, not that of its controller', async () => {
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
    'refuses %j with 40101, names the accepted schemes and runs no strategy (S-35, S-139)',
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
  ])('runs for %s the strategy %s and no other (S-39)', async (authorization, name, code) => {
    outcome = (strategy) => strategy.fail(undefined);
    const request = requestWith(authorization);
    expect(await codeOf(() => enter('anyone', request))).toBe(code);
    expect([asked, verifiedPrincipal(request)]).toEqual([[name], undefined]);
  });

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
  ])('refuses the request when a strategy ends with %s (S-144)', async (_, end) => {
    outcome = end;
    const request = requestWith('Bearer abc');
    await expect(enter('anyone', request)).rejects.toThrow('broken');
    expect(verifiedPrincipal(request)).toBeUndefined();
  });

  it('refuses the request when a strategy succeeds without a principal (S-144)', async () => {
    for (const nothing of [undefined, null, false, 0, '']) {
      outcome = (strategy) => strategy.success(nothing as never);
      expect(await codeOf(() => enter('anyone', requestWith('Bearer abc')))).toBe(40103);
    }
    outcome = (strategy) => strategy.pass();
    expect(await codeOf(() => enter('anyone', requestWith('Bearer abc')))).toBe(40103);
  });

  it('does not trust a request.user that other code has set (S-191)', async () => {
    for (const authorization of [undefined, 'Bearer abc']) {
      const request = { ...requestWith(authorization), user: principal('owner', 'users:write') };
      outcome = (strategy) => strategy.fail(undefined);
      expect(await codeOf(() => enter('anyone', request))).toBe(authorization ? 40103 : 40101);
      expect(verifiedPrincipal(request)).toBeUndefined();
    }
  });

  it('does not use request.user when a strategy gives no result (S-191)', async () => {
    outcome = (strategy) => strategy.pass();
    const request = { ...requestWith('Bearer abc'), user: principal('owner') };
    expect([40101, 40103]).toContain(await codeOf(() => enter('anyone', request)));
    expect(verifiedPrincipal(request)).toBeUndefined();
  });

  it('refuses the request when it fails itself (S-144)', async () => {
    const broken = guardWith(brokenReflector);
    expect(() => broken.canActivate(unaskedContext())).toThrow('broken');
  });
});
