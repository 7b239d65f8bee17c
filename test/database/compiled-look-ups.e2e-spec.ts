import { expect, it } from '@jest/globals';
import { importBuilt } from '../support/built.js';
import { signIn, signUp } from '../support/factories.js';
import { sharedService } from '../support/shared-service.js';
import { describeTargets } from '../support/targets.js';

describeTargets(
  'a compiled look-up',
  (target) => {
    it('finds the same values of every type as a query builder', async () => {
      const { openDataSource } = await importBuilt('server/database/open-data-source.js');
      const { UsersRepository } = await importBuilt('users/users.repository.js');
      const service = await sharedService(target);
      const user = await signUp(service, { full_name: 'Ада 🚪 Лавлейс' });
      await signIn(service, user);
      const { url } = service.database;
      const dataSource = await openDataSource({ url, tls: 'auto', caFile: undefined });
      try {
        const { manager } = dataSource.createQueryRunner();
        const users = new UsersRepository();
        const found = await users.findByCanonicalEmail(user.email.toLowerCase(), manager);
        expect(found).toEqual(await users.findWithPassword(found?.id ?? '', manager));
        expect(found).toMatchObject({
          surname: '🚪 Лавлейс',
          isActive: true,
          lastSignInAt: expect.any(Number),
          account: { planId: null },
        });
        await manager.queryRunner?.release();
      } finally {
        await dataSource.destroy();
      }
    });
  },
  { adapters: ['fastify'] },
);
