import { beforeAll, expect, it } from '@jest/globals';
import { newSignUp, signIn } from '../support/factories.js';
import { request } from '../support/http.js';
import { inTurn } from '../support/patience.js';
import { sharedService, type SharedService } from '../support/shared-service.js';
import { countRows, inParallel } from '../support/sessions.js';
import { describeTargets } from '../support/targets.js';

const AT_ONCE = 20;

describeTargets(
  'POST /api/v1/account, concurrent sign-ups with one address',
  (target) => {
    let service: SharedService;
    beforeAll(async () => {
      service = await sharedService(target);
    });

    it('makes one user and answers 202 to all (S-179)', async () => {
      const before = await countRows(service.database, 'accounts');
      const json = newSignUp();
      const answers = await inParallel(AT_ONCE, () => signUpWith(json));

      expect(answers.map(({ status }) => status)).toEqual(Array.from(answers, () => 202));
      const ids = answers.map(({ body }) => body.account_id as string);
      expect(new Set(ids).size).toBe(AT_ONCE);
      // The accounts of the other sign-ups are rolled back with their users.
      expect(await countRows(service.database, 'accounts')).toBe(before + 1);
      const users = await service.database.query(
        'SELECT account_id FROM users WHERE canonical_email = ?',
        [json.email_address],
      );
      expect(users).toHaveLength(1);
      expect(ids).toContain(users[0]?.account_id);
      await signIn(service, { email: json.email_address, password: json.password });
    });

    it('treats different spellings of an address as one (S-113, S-179)', async () => {
      const json = newSignUp();
      const forms = [json.email_address, json.email_address.toUpperCase()];
      const answers = await inParallel(6, (index) =>
        signUpWith({ ...json, email_address: forms[index % 2] }),
      );
      expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([202]));
      const condition = 'LOWER(email_address) = ?';
      const params = [json.email_address];
      expect(await countRows(service.database, 'users', condition, params)).toBe(1);
    });

    function signUpWith(json: unknown) {
      return inTurn(() => request(service, 'POST', '/api/v1/account', { json }));
    }
  },
  { adapters: ['fastify'] },
);
