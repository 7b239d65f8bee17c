// Measures the hot functions one by one, for `npm run bench:micro`.
//
// mitata repeats in batches, so that the clock's own cost does not hide a few nanoseconds.
import { bench, do_not_optimize, group, run, summary } from 'mitata';
import { randomUUID } from 'node:crypto';
import { ScopesGuard } from '../src/access/scopes.guard.js';
import { VerificationCache } from '../src/access/verification-cache.js';
import type { Principal } from '../src/access/principal.js';
import type { Verification } from '../src/access/verification.js';
import { VerifiedPrincipals } from '../src/access/verified-principals.js';
import { parseBasicCredentials } from '../src/auth/credentials.js';
import { Clock } from '../src/common/clock.js';
import { CacheInvalidation } from '../src/common/cache-invalidation.js';
import { ScopeRegistry } from '../src/scopes/scope-registry.js';
import { scopeTable } from '../src/scopes/scope-table.js';
import { RefreshTokenCodec } from '../src/sessions/refresh-token-codec.js';
import { TokenBench } from '../test/support/access-tokens.ts';

group('Basic credentials', () => {
  const credentials = Buffer.from('ada@example.com:three grey geese').toString('base64');
  bench('parseBasicCredentials', () =>
    do_not_optimize(parseBasicCredentials(`Basic ${credentials}`)),
  );
});

group('access token', () => {
  const tokens = new TokenBench();
  tokens.clock.time = Date.now();
  const now = Math.floor(Date.now() / 1000);
  const authorization = `Bearer ${tokens.forge({ iat: now, exp: now + 900 })}`;
  const cache = new VerificationCache(new Clock(), new CacheInvalidation());
  const verification: Verification = {
    principal: { id: 'x' } as Principal,
    until: Infinity,
    dependsOn: ['x'],
    renew: () => Promise.resolve(verification),
  };
  const verify = () => cache.verify(authorization, () => Promise.resolve(verification));
  bench('strategy: signature, form, times (session at hand)', async () =>
    do_not_optimize(await tokens.judgeHeader(authorization)),
  );
  bench('verify and cache', async () => do_not_optimize(await verify()));
  bench('get from the cache', () => do_not_optimize(cache.get(authorization, '192.0.2.1')));
});

group('refresh token', () => {
  const codec = new RefreshTokenCodec([Buffer.alloc(32, 1)]);
  const salt = Buffer.alloc(32, 2).toString('base64url');
  const id = randomUUID();
  const presented = codec.parse(codec.issue(id, 7, salt));
  if (!presented) throw new Error('it does not read what it makes');
  bench('derive', () => do_not_optimize(codec.issue(id, 7, salt)));
  bench('check', () => do_not_optimize(codec.isAuthentic(presented, salt)));
});

/** A larger host: 60 own scopes beside Gatehouse's. */
const host = {
  scopes: Object.fromEntries(
    Array.from({ length: 30 }, (_, index) => [
      [`resource${index}:read`, []],
      [`resource${index}:write`, []],
    ]).flat() as [string, string[]][],
  ),
  roles: {},
};
const registry = new ScopeRegistry(scopeTable([host]));

for (const role of ['owner', 'read_only']) {
  const scopes = registry.expand([role]);
  const list = [...scopes];
  const needed = [list[0], list[Math.floor(list.length / 2)], list.at(-1), 'account:delete'].map(
    String,
  );
  let turn = 0;
  const next = () => needed[turn++ & 3] ?? '';
  group(`a scope among the ${list.length} of ${role}`, () => {
    summary(() => {
      bench(`Array.includes (${role})`, () => do_not_optimize(list.includes(next())));
      bench(`Set.has (${role})`, () => do_not_optimize(scopes.has(next())));
    });
  });
}

group('scope decision', () => {
  const request = {};
  const rule = { kind: 'scopes', scopes: ['users:read'], principal: 'any' };
  const principals = new VerifiedPrincipals();
  const principal = { type: 'user', role: 'owner', scopes: registry.expand(['owner']) };
  principals.set(request, principal as Principal);
  type Parts = ConstructorParameters<typeof ScopesGuard>;
  const reflector = { getAllAndOverride: () => rule } as unknown as Parts[0];
  const guard = new ScopesGuard(
    reflector,
    principals,
    {} as Parts[2],
    {} as Parts[3],
    {} as Parts[4],
  );
  const context = {
    getHandler: () => guard,
    getClass: () => ScopesGuard,
    getType: () => 'http',
    getArgByIndex: () => request,
  } as unknown as Parameters<ScopesGuard['canActivate']>[0];
  bench('ScopesGuard.canActivate (owner)', () => do_not_optimize(guard.canActivate(context)));
});

await run();
