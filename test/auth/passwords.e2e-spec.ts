import { beforeAll, describe, expect, it } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { expectRefusal } from '../support/expect-refusal.js';
import { newSignUp, signUp } from '../support/factories.js';
import { request } from '../support/http.js';
import { sharedService, type SharedService } from '../support/shared-service.js';
import { describeEachOnce } from '../support/targets.js';

/** 64 characters of four bytes each. */
const EMOJI = '🌲🚲🦉🎻🥕🧦🪐🛶🐙🍋🧊🪁🎈🦔🧲🔑'.repeat(4);
/** 72 bytes, as many as bcrypt reads. */
const LONG = 'three grey geese in a green field, four brown bears by a blue lake, gone';

describeEachOnce('passwords', (target) => {
  let service: SharedService;
  beforeAll(async () => {
    service = await sharedService(target);
  });

  const byHeader = (email: string, password: string) =>
    request(service, 'POST', '/oauth/token?grant_type=password', { basic: [email, password] });
  const byJson = (username: string, password: string) =>
    request(service, 'POST', '/oauth/token', {
      json: { grant_type: 'password', username, password },
    });
  const byForm = (username: string, password: string) =>
    request(service, 'POST', '/oauth/token', {
      form: { grant_type: 'password', username, password },
    });

  const choose = (password: string, overrides = {}) =>
    request(service, 'POST', '/api/v1/account', {
      json: { ...newSignUp(), ...overrides, password },
    });

  describe('signing in', () => {
    it.each([
      ['colons (S-38)', 'one:two::three:four'],
      ['leading and trailing spaces (S-11)', '  space before and behind  '],
      ['plus, ampersand, percent and equals signs', 'a+b&c=d%20e+f&g=h 100%'],
      ['letters beyond ASCII', 'Großmütterchens Äpfel schmecken'],
      ['64 characters of four bytes each (S-02)', EMOJI],
      ['more than 72 bytes (S-03)', `${LONG} and some more`],
      ['1,024 bytes (S-04)', randomBytes(512).toString('hex')],
    ])('accepts a password with %s in header, JSON and form', async (_, password) => {
      const { email } = await signUp(service, { password });
      for (const sign of [byHeader, byJson, byForm]) {
        expect((await sign(email, password)).status).toBe(200);
      }
    });

    it('accepts both Unicode forms of one password (S-11)', async () => {
      const password = 'crème brûlée à la façon de Zoé';
      const { email } = await signUp(service, { password: password.normalize('NFD') });
      expect((await byHeader(email, password.normalize('NFC'))).status).toBe(200);
      expect((await byJson(email, password.normalize('NFD'))).status).toBe(200);
    });

    it.each([
      ['the last of 64 emoji differs (S-02)', EMOJI, EMOJI.replace(/🔑$/u, '🔒')],
      ['only the part after 72 bytes differs (S-03)', `${LONG}abc`, `${LONG}abd`],
      ['the space in front is left out (S-11)', ' a space in front', 'a space in front'],
      ['the case differs (S-11)', 'the case of it counts', 'The case of it counts'],
      [
        'only the part up to the first colon is sent (S-38)',
        'first part:second part',
        'first part',
      ],
    ])('refuses a password when %s', async (_, password, wrong) => {
      const { email } = await signUp(service, { password });
      expectRefusal(await byJson(email, wrong), 403, 40102);
      expectRefusal(await byHeader(email, wrong), 403, 40102);
    });

    it('refuses an empty password, and any for a user who has none (S-14, S-40)', async () => {
      const { email, password, accountId } = await signUp(service);
      expectRefusal(await byHeader(email, ''), 403, 40102);
      expectRefusal(await byJson(email, ''), 403, 40102);
      await service.database.query('UPDATE users SET password_hash = NULL WHERE account_id = ?', [
        accountId,
      ]);
      for (const attempt of ['', password, 'null']) {
        expectRefusal(await byJson(email, attempt), 403, 40102);
      }
    });

    it('refuses more than 1,024 bytes without hashing them (S-04)', async () => {
      const { email } = await signUp(service);
      expectRefusal(await byJson(email, 'x'.repeat(1025)), 403, 40102);
      expectRefusal(await byJson(email, 'x'.repeat(1_000_000)), 413, 41301);
    });
  });

  describe('choosing a password', () => {
    it.each([
      ['15 letters of lower case (S-01, S-10)', 'qhzvkwmxbnfjdlg'],
      ['15 emoji (S-01)', [...'🌲🚲🦉🎻🥕🧦🪐🛶🐙🍋🧊🪁🎈🦔🧲'].join('')],
    ])('accepts %s', async (_, password) => {
      expect((await choose(password)).status).toBe(202);
    });

    it.each([
      ['14 characters (S-01)', 'qhzvkwmxbnfjdl'],
      ['14 emoji, though they are 56 bytes (S-01)', [...'🌲🚲🦉🎻🥕🧦🪐🛶🐙🍋🧊🪁🎈🦔'].join('')],
      ['more than 1,024 bytes (S-04)', 'qhzvkwmx'.repeat(129)],
      ['one that everybody uses (S-09)', 'qwertyuiopasdfghjkl'],
      ['that one in capitals (S-09)', 'QWERTYUIOPASDFGHJKL'],
      ['one letter forty times (S-09)', 'a'.repeat(40)],
      ['a short piece, repeated (S-09)', 'walrus7'.repeat(6)],
      ['sequences (S-09)', 'abcdefgh987654321'],
      ['a walk on the keyboard (S-09)', '1qazxsw23edcvfr4qazxsw'],
      ['few different characters (S-09)', 'abbabaabbaababba'],
      ['a control character (S-37)', 'qhzvkwmxbnfjdlg\u0007'],
    ])('refuses %s and names the field', async (_, password) => {
      const answer = await choose(password);
      expectRefusal(answer, 400, 40001);
      expect(answer.body.errors).toEqual([{ field: 'password', message: expect.any(String) }]);
    });

    it.each(['account_name', 'email_address'])(
      'refuses the %s as the password (S-09)',
      async (field) => {
        const unique = randomBytes(6).toString('hex');
        const word =
          field === 'account_name' ? `Lovelace & Daughters ${unique}` : `ada.${unique}@example.com`;
        expectRefusal(await choose(word.toUpperCase(), { [field]: word }), 400, 40001);
      },
    );
  });

  it('shows no password and no hash in any answer or log line (S-15)', async () => {
    const user = await signUp(service);
    const answers = [
      await byHeader(user.email, user.password),
      await byJson(user.email, `${user.password}!`),
      await request(service, 'GET', '/docs-json'),
    ];
    for (const { text } of [...answers, { text: service.output() }]) {
      expect(text).not.toContain(user.password);
      expect(text).not.toMatch(/\$2[aby]\$/);
    }
  });
});
