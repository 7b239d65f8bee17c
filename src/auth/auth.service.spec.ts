import { expect, it } from '@jest/globals';
import { DatabaseBench } from '../../test/support/data-source.js';
import { codeOf, SetClock } from '../../test/support/unit.js';
import type { ApiKeyAuthenticator } from '../api-keys/api-key-authenticator.js';
import type { ApiKeysService } from '../api-keys/api-keys.service.js';
import type { SessionRefresher } from '../sessions/session-refresher.js';
import type { SessionsService } from '../sessions/sessions.service.js';
import type { Strategies } from '../access/strategies.js';
import type { UsersService } from '../users/users.service.js';
import type { AccessTokenIssuer } from './access-tokens/issuer.js';
import { AuthService } from './auth.service.js';
import type { GrantedScopes } from './granted-scopes.js';

it('reports the sign-in of an API key that was changed since its check (40102, S-147)', async () => {
  const bench = new DatabaseBench();
  const apiKey = { id: 'key-1', accountId: 'account-1', role: 'send', account: {} };
  const auth = new AuthService(
    bench.database,
    {} as UsersService,
    { markSignedIn: () => Promise.resolve(false) } as unknown as ApiKeysService,
    { authenticate: () => Promise.resolve(apiKey) } as unknown as ApiKeyAuthenticator,
    { prepare: () => ({ id: 'session-1' }) } as unknown as SessionsService,
    {} as SessionRefresher,
    {} as Strategies,
    { ownClaims: () => Promise.resolve({}) } as unknown as AccessTokenIssuer,
    { narrow: () => Promise.resolve(['send']) } as unknown as GrantedScopes,
    new SetClock(),
    bench.events,
  );
  const client = { clientAddress: '192.0.2.1' } as never;
  const options = { scope: undefined };
  expect(await codeOf(() => auth.signInApiKey({} as never, options, client))).toBe(40102);
  expect(bench.published).toEqual(['sign_in.failed']);
});
