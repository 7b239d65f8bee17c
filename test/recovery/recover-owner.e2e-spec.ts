// `npm run gatehouse -- recover-owner ADDRESS`, beside a service that runs, and without one.
import { expect, it } from '@jest/globals';
import { execFile } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { temporaryDirectory } from '../support/cleanup.js';
import { newSignUp, signIn } from '../support/factories.js';
import { request } from '../support/http.js';
import { enter, newKey, newMember, newOwner, newUser, type Member } from '../support/members.js';
import { confirmReset } from '../support/one-time-links.js';
import { eventually } from '../support/patience.js';
import { startService, type Environment, type TestService } from '../support/service.js';
import { describeTargets } from '../support/targets.js';

const program = join(import.meta.dirname, '../../bundle/gatehouse.js');
const PUBLIC_URL = 'https://auth.example.com';
const LINK = new RegExp(`^  ${PUBLIC_URL}/link/reset\\?token=([\\w-]{64})$`, 'm');

interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

function run(
  service: TestService,
  args: readonly string[],
  env: Environment = {},
): Promise<Outcome> {
  const options = { env: { ...service.env, ...env }, cwd: temporaryDirectory('command') };
  return new Promise((resolve) => {
    execFile(process.execPath, [program, ...args], options, (error, stdout, stderr) =>
      resolve({ code: error ? Number(error.code) : 0, stdout, stderr }),
    );
  });
}

describeTargets(
  'the command that lets an owner back in',
  (target) => {
    let service: TestService;
    const recover = (address: string, env: Environment = {}) =>
      run(service, ['recover-owner', address], env);
    const linksOf = ({ id }: Pick<Member, 'id'>) =>
      service.database.query(
        "SELECT * FROM one_time_links WHERE user_id = ? AND purpose = 'reset'",
        [id],
      );
    const shownTo = ({ id }: Pick<Member, 'id'>) =>
      service.database.query(
        'SELECT * FROM audit_records WHERE target_id = ? AND event = ? ORDER BY created_at',
        [id, 'one_time_link.shown'],
      );
    it('prints a link that sets a new password, and changes nothing before (S-13, S-107, S-148)', async () => {
      service = await startService({ target, env: { PUBLIC_URL } });
      const owner = await newOwner(service);
      const member = await newMember(service, owner, 'standard');
      const key = await newKey(service, owner);

      const first = await recover(owner.email.toUpperCase());
      expect(first).toMatchObject({ code: 0, stderr: '' });
      expect(first.stdout).toContain(`(${owner.accountId})`);
      const [, token = ''] = LINK.exec(first.stdout) ?? [];
      const [link] = await linksOf(owner);
      expect(link).toMatchObject({
        purpose: 'reset',
        account_id: owner.accountId,
        address: owner.email,
        digest: createHash('sha256').update(token).digest('hex'),
        created_by: 'system',
        created_by_type: 'system',
      });
      expect(first.stdout).toContain(new Date(Number(link?.expires_at)).toISOString());
      expect(await shownTo(owner)).toMatchObject([
        {
          actor_id: 'system',
          actor_type: 'system',
          account_id: owner.accountId,
          outcome: 'success',
        },
      ]);
      expect(service.output() + JSON.stringify(await linksOf(owner))).not.toContain(token);
      for (const bearer of [owner.bearer, member.bearer, key.apiKey]) {
        expect((await request(service, 'GET', '/oauth/me', { bearer })).status).toBe(200);
      }
      await signIn(service, owner);

      const tokens = [token];
      // Two processes more, whose order the engine does not change.
      if (target.database === 'sqlite') tokens.push(await linkWithoutService(owner));
      expect(new Set(tokens).size).toBe(tokens.length);
      const [usable = ''] = tokens.slice(-1);
      const password = randomBytes(18).toString('base64url');
      expect((await confirmReset(service, usable, password)).status).toBe(200);
      const again = await enter(service, { ...owner, password });
      expect(again.id).toBe(owner.id);
      const { body } = await request(service, 'GET', '/api/v1/account/user', {
        bearer: again.bearer,
      });
      expect(body.map(({ id }: { id: string }) => id)).toEqual([member.id, owner.id]);
      for (const bearer of [member.bearer, key.apiKey]) {
        expect((await request(service, 'GET', '/oauth/me', { bearer })).status).toBe(200);
      }
      expect((await request(service, 'GET', '/oauth/me', { bearer: owner.bearer })).status).toBe(
        401,
      );
      // A finished reset voids the other links (S-110).
      for (const used of tokens)
        expect((await confirmReset(service, used, password)).status).toBe(400);
    });

    /** A second link, stored while no service runs; the next one seals what the command has stored. */
    async function linkWithoutService(owner: Member): Promise<string> {
      await service.stop();
      const second = await recover(owner.email);
      expect(second).toMatchObject({ code: 0, stderr: '' });
      await service.start();
      await eventually(async () =>
        expect(await service.database.query('SELECT * FROM audit_pending')).toEqual([]),
      );
      expect(await shownTo(owner)).toHaveLength(2);
      const [, token = ''] = LINK.exec(second.stdout) ?? [];
      return token;
    }

    // What the engine does not change.
    if (target.database !== 'sqlite') return;

    it('refuses everybody but an active owner, and tells the operator why', async () => {
      const owner = await newOwner(service);
      const admin = await newUser(service, owner, 'admin');
      const unknown = newSignUp().email_address;
      for (const [address, reason] of [
        [unknown, /^Gatehouse: no user has the address /],
        ['no address', /^Gatehouse: no user has the address no address$/m],
        [admin.email, /the role admin in account ".+" \([\w-]+\), and not of its owner/],
      ] as const) {
        const outcome = await recover(address);
        expect(outcome).toMatchObject({ code: 1, stdout: '' });
        expect(outcome.stderr).toMatch(reason);
      }
      await service.database.query('UPDATE accounts SET is_active = FALSE WHERE id = ?', [
        owner.accountId,
      ]);
      expect(await recover(owner.email)).toMatchObject({
        code: 1,
        stdout: '',
        stderr: expect.stringContaining('is not active'),
      });
      expect([...(await linksOf(owner)), ...(await linksOf(admin))]).toEqual([]);
      expect(await shownTo(owner)).toEqual([]);
    });

    it('cannot work with settings with which the service could not start (S-206)', async () => {
      const owner = await newOwner(service);
      for (const [env, reason] of [
        [{ GATEHOUSE_SECRET: randomBytes(48).toString('base64url') }, /GATEHOUSE_SECRET/],
        [{ DATABASE_URL: 'mysql://nobody@127.0.0.1:1/none' }, /DATABASE_URL/],
        [{ PUBLIC_URL: 'nowhere' }, /PUBLIC_URL/],
      ] as const) {
        const outcome = await recover(owner.email, env);
        expect(outcome).toMatchObject({ code: 2, stdout: '' });
        expect(outcome.stderr).toMatch(reason);
        expect(outcome.stderr.trim().split('\n')).toHaveLength(1);
      }
      expect(await linksOf(owner)).toEqual([]);
    });

    it('works with a setting that needs mail where development keeps the letters', async () => {
      const owner = await newOwner(service);
      const env = { NODE_ENV: 'development', REQUIRE_VERIFIED_EMAIL: 'true' };
      expect(await recover(owner.email, env)).toMatchObject({ code: 0, stderr: '' });
    });

    it('says how it is called', async () => {
      for (const args of [['--help'], ['recover-owner', '--help']]) {
        const { code, stdout } = await run(service, args);
        expect([args, code, stdout]).toEqual([
          args,
          0,
          expect.stringMatching(/^usage: npm run gatehouse -- /),
        ]);
      }
      for (const args of [[], ['recover'], ['recover-owner'], ['recover-owner', 'a@b.c', 'x']]) {
        const { code, stdout, stderr } = await run(service, args);
        expect([args, code, stdout, stderr]).toEqual([
          args,
          2,
          '',
          expect.stringMatching(/^usage: npm run gatehouse -- /),
        ]);
      }
    });
  },
  { adapters: ['fastify'] },
);
