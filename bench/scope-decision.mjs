// What a guard's decision costs: one look-up in the principal's set, against a search of the same scopes
// in an array. Run by `npm run bench:scopes`.
//
// mitata: it repeats in batches, so that the clock's own cost does not drown a few nanoseconds.
import { bench, do_not_optimize, group, run, summary } from 'mitata';
import { ScopesGuard } from '../dist/access/scopes.guard.js';
import { VerifiedPrincipals } from '../dist/access/verified-principals.js';
import { ScopeRegistry } from '../dist/scopes/scope-registry.js';
import { scopeTable } from '../dist/scopes/scope-table.js';

/** A host of some size: 60 scopes of its own beside ours. */
const host = {
  scopes: Object.fromEntries(
    Array.from({ length: 30 }, (_, index) => [
      [`resource${index}:read`, []],
      [`resource${index}:write`, []],
    ]).flat(),
  ),
  roles: {},
};
const registry = new ScopeRegistry(scopeTable([host]));

for (const role of ['owner', 'read_only']) {
  const scopes = registry.expand([role]);
  const list = [...scopes];
  const needed = [list[0], list[Math.floor(list.length / 2)], list.at(-1), 'account:delete'];
  let turn = 0;
  group(
    `${role}, ${list.length} scopes; needed: first, middle, last, one that ${role === 'owner' ? 'is there too' : 'is missing'}`,
    () => {
      summary(() => {
        bench(`Array.includes (${role})`, () => do_not_optimize(list.includes(needed[turn++ & 3])));
        bench(`Set.has (${role})`, () => do_not_optimize(scopes.has(needed[turn++ & 3])));
      });
    },
  );
}

// The whole guard: its rule from the reflector, the principal from the request, the look-up.
const request = {};
const rule = { kind: 'scopes', scopes: ['users:read'], principal: 'any' };
const principals = new VerifiedPrincipals();
principals.set(request, { type: 'user', role: 'owner', scopes: registry.expand(['owner']) });
const guard = new ScopesGuard({ getAllAndOverride: () => rule }, principals, {}, {});
const context = {
  getHandler: () => undefined,
  getClass: () => undefined,
  getType: () => 'http',
  switchToHttp: () => ({ getRequest: () => request }),
};
bench('ScopesGuard.canActivate (owner)', () => do_not_optimize(guard.canActivate(context)));

await run();
