import { describe, expect, it } from '@jest/globals';
import { DatabaseBench, DEADLOCK, failing, LOST } from '../../test/support/data-source.js';
import { SetClock } from '../../test/support/unit.js';
import type { Actor } from '../access/principal.js';
import type { ActorAuthorization } from '../accounts/actor-authorization.js';
import type { RoleAssignment } from '../accounts/role-assignment.js';
import type { SessionsService } from '../sessions/sessions.service.js';
import type { ActionLimits } from '../throttling/action-limits.js';
import { ApiKeyIssuer, type NewApiKey } from './api-key-issuer.js';
import type { ApiKey } from './api-key.entity.js';
import type { ApiKeysRepository } from './api-keys.repository.js';
import type { IssuedApiKey, RepeatableSecrets } from './repeatable-secrets.js';

const ACTOR: Actor = { type: 'application', id: 'application', accountId: 'account-1' } as Actor;
const FACTS = { name: 'till', role: 'send', allowedIps: null, expiresAt: null } as NewApiKey;
const SECRET = 'secret-of-the-key';

function issuing() {
  const bench = new DatabaseBench();
  let stored = { id: 'key-1', role: 'send', revokedAt: null, expiresAt: null } as ApiKey;
  let earlier: IssuedApiKey | undefined;
  const store = (values: Partial<ApiKey>) =>
    Promise.resolve(void (stored = { ...stored, ...values }));
  const repository = {
    // A row is read anew each time.
    findOwn: () => Promise.resolve({ ...stored }),
    countLive: () => Promise.resolve(0),
    insert: store,
    replaceSecret: (_: ApiKey, values: Partial<ApiKey>) => store(values),
  } as unknown as ApiKeysRepository;
  const secrets = {
    begin: (_: Actor, apiKeyId: string) => ({ apiKeyId, secret: SECRET, repeatable: undefined }),
    findEarlier: () => Promise.resolve(earlier),
    store: () => Promise.resolve(),
  } as unknown as RepeatableSecrets;
  const issuer = new ApiKeyIssuer(
    { maxPerAccount: 10, maxPerCreator: 10 } as never,
    secrets,
    repository,
    { authorize: (actor: Actor) => Promise.resolve(actor) } as unknown as ActorAuthorization,
    {
      covers: () => Promise.resolve(true),
      assertAssignableToKey: () => Promise.resolve(),
    } as unknown as RoleAssignment,
    { endAll: () => Promise.resolve() } as unknown as SessionsService,
    {} as ActionLimits,
    bench.database,
    new SetClock(),
  );
  const anotherCommits = () => (earlier = { key: stored, secret: SECRET });
  return { bench, issuer, anotherCommits };
}

describe('the event of an issued secret', () => {
  it('is not that of the same request that committed first (S-147)', async () => {
    const { bench, issuer, anotherCommits } = issuing();
    const deadlock = failing('commit', DEADLOCK, 1);
    bench.on = (step) => {
      if (step === 'commit') anotherCommits();
      deadlock(step);
    };
    await issuer.rotate(ACTOR, 'key-1', 0, 'repeated');
    expect(bench.steps('commit')).toBe(2);
    expect(bench.published).toEqual([]);
  });

  it.each<[string, (issuer: ApiKeyIssuer) => Promise<IssuedApiKey>]>([
    ['api_key.rotated', (issuer) => issuer.rotate(ACTOR, 'key-1', 0, undefined)],
    ['api_key.created', (issuer) => issuer.create(ACTOR, FACTS, undefined)],
  ])('%s is published after a lost answer to the COMMIT (S-147, S-176)', async (name, issue) => {
    const { bench, issuer } = issuing();
    bench.on = failing('commit', LOST);
    expect((await issue(issuer)).secret).toBe(SECRET);
    expect(bench.published).toEqual([name]);
  });
});
