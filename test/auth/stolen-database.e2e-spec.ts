import { expect, it } from '@jest/globals';
import { signIn, signUp } from '../support/factories.js';
import { basic, request } from '../support/http.js';
import { sharedService } from '../support/shared-service.js';
import { refresh } from '../support/sessions.js';
import { describeEachOnce } from '../support/targets.js';

describeEachOnce('a copy of the database', (target) => {
  it('cannot be used to sign in: no value in it is a password, a token or a key (S-45, S-07)', async () => {
    const service = await sharedService(target);
    const user = await signUp(service);
    const tokens = await signIn(service, user);
    const values = new Set<string>();
    // Only the rows of this account, because earlier test files leave thousands of the same kind.
    for (const [table, column] of [
      ['accounts', 'id'],
      ['users', 'account_id'],
      ['refresh_tokens', 'account_id'],
    ]) {
      const sql = `SELECT * FROM ${table} WHERE ${column} = ?`;
      const rows = await service.database.query(sql, [user.accountId]);
      expect(rows).toHaveLength(1);
      for (const row of rows) for (const value of Object.values(row)) values.add(String(value));
    }
    // Ids, salts, hashes, addresses, times.
    expect(values.size).toBeGreaterThan(15);
    for (const value of values) {
      expect(tokens.refresh_token).not.toContain(value.length > 20 ? value : '\n');
      const attempts = [
        await refresh(service, value),
        await request(service, 'GET', '/oauth/me', {
          headers: { authorization: `Bearer ${encodeURIComponent(value)}` },
        }),
        await request(service, 'GET', '/oauth/me', {
          headers: { authorization: basic(value, '') },
        }),
      ];
      for (const { status } of attempts) expect([400, 401, 403]).toContain(status);
    }
    for (const value of [...values].filter((each) => each.includes('$'))) {
      const answer = await request(service, 'POST', '/oauth/token?grant_type=password', {
        basic: [user.email, value],
      });
      expect(answer.body.code).toBe(40102);
    }
  });
});
