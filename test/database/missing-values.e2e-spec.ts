import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { DataSource, EntityManager } from 'typeorm';
import { importBuilt } from '../support/built.js';
import { signIn, signUp, type TestUser } from '../support/factories.js';
import { sharedService, type SharedService } from '../support/shared-service.js';
import { countRows, liveSessionIds } from '../support/sessions.js';
import { describeTargets } from '../support/targets.js';

describeTargets(
  'a look-up with a missing value',
  (target) => {
    let service: SharedService;
    let user: TestUser;
    let dataSource: DataSource;
    let manager: EntityManager;
    beforeAll(async () => {
      service = await sharedService(target);
      user = await signUp(service);
      await signIn(service, user);
      const { openDataSource } = await importBuilt('server/database/open-data-source.js');
      const { url } = service.database;
      dataSource = await openDataSource({ url, tls: 'auto', caFile: undefined });
      manager = dataSource.manager;
    });
    afterAll(() => dataSource.destroy());

    it.each([null, undefined])(
      '(%s) finds no user, account or session (S-134)',
      async (nothing) => {
        const missing = nothing as unknown as string;
        const { UsersRepository } = await importBuilt('users/users.repository.js');
        const { AccountsRepository } = await importBuilt('accounts/accounts.repository.js');
        const { SessionsRepository } = await importBuilt('sessions/sessions.repository.js');
        const users = new UsersRepository();
        const sessions = new SessionsRepository();
        const found = [
          () => users.findById(missing, manager),
          () => users.findByCanonicalEmail(missing, manager),
          () => new AccountsRepository().exists(missing, manager),
          () => sessions.findById(missing, manager),
          () =>
            sessions
              .findLiveIds(userWithId(missing), 'x', 0, manager)
              .then((ids) => ids.length > 0),
        ];
        for (const find of found) expect(await nothingOrRefusal(find)).toBe(true);
      },
    );

    it.each([null, undefined])('(%s) changes no row (S-134)', async (nothing) => {
      const missing = nothing as unknown as string;
      const { UsersRepository } = await importBuilt('users/users.repository.js');
      const { SessionsRepository } = await importBuilt('sessions/sessions.repository.js');
      const users = new UsersRepository();
      const sessions = new SessionsRepository();
      const now = Date.now();
      const generations = { generation: 0, accessGeneration: 0 };
      const step = { rotates: true, accessGeneration: 1, keyId: 'key' };
      const { update, parameters } = sessions.step({ id: missing, ...generations }, step, now);
      const refused = { id: missing, passwordHash: missing, role: 'owner' };
      const changes = [
        () => sessions.revoke(missing, now, manager),
        () => update.run(manager, parameters),
        () => sessions.revokeOthers(userWithId(missing), 'x', now, manager),
        () => sessions.revokeAll(userWithId(missing), undefined, now, manager),
        () => users.markSignedIn(refused, now, manager),
        () => users.replaceHash({ ...refused, passwordHash: 'x' }, 'y', manager),
      ];
      for (const change of changes) expect(await nothingOrRefusal(change)).toBe(true);
      expect(await liveSessionIds(service.database, user.accountId)).toHaveLength(1);
      const changed =
        'account_id = ? AND (generation > 0 OR stepped_at IS NOT NULL OR revoked_at IS NOT NULL)';
      const ofUser = [user.accountId];
      expect(await countRows(service.database, 'refresh_tokens', changed, ofUser)).toBe(0);
    });
  },
  { adapters: ['fastify'] },
);

function userWithId(id: string) {
  return { type: 'user', id } as const;
}

async function nothingOrRefusal(run: () => Promise<unknown>): Promise<boolean> {
  try {
    return !(await run());
  } catch {
    return true;
  }
}
