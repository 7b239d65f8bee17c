import { beforeAll, beforeEach, expect, it } from '@jest/globals';
import type { GatehouseEventName } from '../../src/events/gatehouse-event.js';
import type { LinkPurpose } from '../../src/links/link-purpose.js';
import type { MailKind } from '../../src/mail/letters/letter-facts.js';
import { from, newAddress, BEHIND_PROXY } from '../throttling/networks.js';
import { createCertificate } from '../support/certificate.js';
import { newSignUp, signIn, signUp, type TestUser } from '../support/factories.js';
import { request } from '../support/http.js';
import { MailServer, type TakenLetter } from '../support/mail-server.js';
import { confirmReset, requestReset } from '../support/one-time-links.js';
import { eventually } from '../support/patience.js';
import { startService, type TestService } from '../support/service.js';
import { countRows } from '../support/sessions.js';
import { describeEachOnce } from '../support/targets.js';
import { storeEvent, storeLink, type MailedUser } from './stored-events.js';

const PUBLIC_URL = 'https://auth.example.com/gate';
const HEADERS = [
  'from',
  'to',
  'subject',
  'message-id',
  'content-language',
  'auto-submitted',
  'date',
  'mime-version',
  'content-type',
];

/** Letters about an event with the user's id and nothing else. A new kind is added here. */
const OF_USER: readonly (readonly [MailKind, GatehouseEventName])[] = [
  ['address_in_use', 'sign_up.repeated'],
  ['password_changed', 'password_reset.completed'],
  ['new_sign_in', 'user.signed_in'],
];
const OF_LINK: readonly (readonly [MailKind, GatehouseEventName, LinkPurpose])[] = [
  ['email_verification', 'email.verification_requested', 'verification'],
  ['invitation', 'invitation.created', 'invitation'],
  ['password_reset', 'password_reset.requested', 'reset'],
  ['email_change', 'email.change_requested', 'email_change'],
];
const SUBJECTS: Readonly<Record<MailKind, string>> = {
  address_in_use: 'You have an account already',
  email_verification: 'Confirm your address',
  invitation: 'You are invited',
  password_reset: 'Choose a new password',
  email_change: 'Confirm your new address',
  email_change_notice: 'Your address is about to change',
  new_sign_in: 'A new sign-in',
  password_changed: 'Your password was changed',
  api_key_leaked: 'An API key was found in public',
};

describeEachOnce('letters', (target) => {
  let mail: MailServer;
  let service: TestService;
  beforeAll(async () => {
    const certificate = await createCertificate();
    mail = await MailServer.start(certificate);
    service = await startService({
      target,
      env: {
        ...BEHIND_PROXY,
        NODE_EXTRA_CA_CERTS: certificate.certFile,
        SMTP_URL: mail.url,
        MAIL_FROM: 'Gatehouse, Ltd <no-reply@example.com>',
        PUBLIC_URL,
      },
    });
  });
  beforeEach(() => {
    mail.answerTo = () => 'take';
  });

  const newUser = async (client = from(service)): Promise<TestUser & MailedUser> => {
    const user = await signUp(client);
    const [row] = await service.database.query('SELECT id FROM users WHERE account_id = ?', [
      user.accountId,
    ]);
    const mailed = { ...user, id: row?.id as string };
    // What a sign-up itself sends is not what these tests are about.
    await eventually(async () => expect(await waiting(mailed)).toBe(0));
    mail.forget(user.email);
    return mailed;
  };
  const store = (name: GatehouseEventName, user: MailedUser, facts?: object) =>
    storeEvent(service.database, name, user, facts);
  const linkOf = (purpose: LinkPurpose, user: MailedUser, more = {}) =>
    storeLink(service.database, service.database.secret, purpose, user, more);
  const waiting = (user: MailedUser) =>
    countRows(service.database, 'event_deliveries', `subject = '${user.id}'`);
  /** As if claims and pauses were over. */
  const endWaiting = () => service.database.query('UPDATE event_deliveries SET available_at = 0');
  const subjectsTo = (address: string) =>
    mail.lettersTo(address).map(({ parsed }) => parsed.subject);
  /** Waits for so many letters, and that no more is to come. */
  const lettersTo = async (user: MailedUser, count: number): Promise<TakenLetter[]> => {
    await eventually(async () => {
      expect(mail.lettersTo(user.email)).toHaveLength(count);
      expect(await waiting(user)).toBe(0);
    });
    return mail.lettersTo(user.email);
  };

  it('reach a server with STARTTLS and AUTH, with both parts and the headers that they should have (S-21, S-141)', async () => {
    const user = await newUser();
    await store('sign_up.repeated', user);
    const [letter] = await lettersTo(user, 1);
    const { raw, parsed, isEncrypted, user: authenticated } = letter as TakenLetter;
    expect([isEncrypted, authenticated, letter?.from]).toEqual([
      true,
      mail.user,
      'no-reply@example.com',
    ]);
    expect(parsed.from?.value).toEqual([
      { name: 'Gatehouse, Ltd', address: 'no-reply@example.com' },
    ]);
    expect(parsed.headers.get('auto-submitted')).toBe('auto-generated');
    expect(parsed.messageId).toMatch(/^<[0-9a-f]{40}@example\.com>$/);
    const [head = ''] = raw.split('\n\n');
    const names = [...head.matchAll(/^([\w-]+):/gm)].map(([, name = '']) => name.toLowerCase());
    expect(names.toSorted()).toEqual(HEADERS.toSorted());
    expect(raw).toContain('multipart/alternative');
    expect(parsed.text).toContain('tried to open an account with this address');
    expect(parsed.html).toContain('tried to open an account with this address');
    expect(parsed.attachments).toEqual([]);
  });

  it('are of each kind about a user (S-173)', async () => {
    const user = await newUser();
    for (const [, name] of OF_USER) await store(name, user, { isNewNetwork: true });
    const letters = await lettersTo(user, OF_USER.length);
    expect(subjectsTo(user.email)).toEqual(OF_USER.map(([kind]) => SUBJECTS[kind]));
    expect(new Set(letters.map(({ parsed }) => parsed.messageId)).size).toBe(OF_USER.length);
  });

  it('are of each kind with a link, which begins with PUBLIC_URL, as everything that can be clicked (S-107, S-111)', async () => {
    const user = await newUser();
    const links = [];
    for (const [, name, purpose] of OF_LINK) {
      const link = await linkOf(purpose, user);
      links.push(`${PUBLIC_URL}/link/${purpose}?token=${link.token}`);
      await store(name, user, { linkId: link.id });
    }
    // The old address is told of a change as well, before the new one is asked.
    const kinds = OF_LINK.map(([kind]) => kind).toSpliced(-1, 0, 'email_change_notice');
    const letters = await lettersTo(user, kinds.length);
    expect(subjectsTo(user.email)).toEqual(kinds.map((kind) => SUBJECTS[kind]));
    const withLinks = letters.filter(({ parsed }) => !parsed.subject?.includes('about to change'));
    for (const [index, { parsed }] of withLinks.entries()) {
      const [link = ''] = links.slice(index);
      expect(parsed.text?.split('\n')).toContain(link);
      const html = String(parsed.html);
      expect([...html.matchAll(/href="([^"]*)"/g)].map(([, href]) => href)).toEqual([link]);
      expect(html).not.toMatch(/<img|<script|<form|<link|src=|url\(/i);
    }
    expect(service.output()).not.toContain(links[0]?.split('token=')[1]);
  });

  it('have no link that was used, voided or has expired: such a letter is not sent (S-107)', async () => {
    const user = await newUser();
    const expired = await linkOf('reset', user, { expiresAt: Date.now() - 1 });
    const used = await linkOf('reset', user);
    await service.database.query('DELETE FROM one_time_links WHERE id = ?', [used.id]);
    await store('password_reset.requested', user, { linkId: expired.id });
    await store('password_reset.requested', user, { linkId: used.id });
    await store('email.change_requested', user, { linkId: used.id });
    await store('sign_up.repeated', user);
    await lettersTo(user, 1);
    expect(subjectsTo(user.email)).toEqual([SUBJECTS.address_in_use]);
  });

  it('tell of a leaked key its owner and the user who created it, each once', async () => {
    const client = from(service);
    const [owner, creator] = [await newUser(), await newUser(client)];
    await service.database.query("UPDATE users SET account_id = ?, role = 'admin' WHERE id = ?", [
      owner.accountId,
      creator.id,
    ]);
    const { access_token: bearer } = await signIn(client, creator);
    const key = { name: 'http://evil.example/\u2066', role: 'read_only' };
    const path = '/api/v1/account/api_key';
    const { body } = await request(client, 'POST', path, { bearer, json: key });
    const listeners = ['gatehouse-mail', 'gatehouse-mail-creator'];
    const facts = { apiKeyId: body.id };
    await storeEvent(service.database, 'api_key.leaked', owner, facts, listeners);
    for (const user of [owner, creator]) {
      const [letter] = await lettersTo(user, 1);
      expect(letter?.parsed.subject).toBe(SUBJECTS.api_key_leaked);
      expect(letter?.parsed.text).toContain(`${body.key} (http: //evil. example/)`);
    }
  });

  it('follow a repeated sign-up, a password that was changed and a network that is new, each once (S-20)', async () => {
    const client = from(service);
    const user = await newUser(client);
    await signIn(client, user);
    const again = { ...newSignUp(), email_address: user.email.toUpperCase() };
    const forged = { ...client, headers: { ...client.headers, host: 'evil.example' } };
    const { status } = await request(forged, 'POST', '/api/v1/account', { json: again });
    expect(status).toBe(202);
    const elsewhere = from(service, newAddress());
    for (let times = 0; times < 2; times++) await signIn(elsewhere, user);
    const { access_token: bearer } = await signIn(client, user);
    const new_password = 'seven silver swans swam silently';
    const passwords = { current_password: user.password, new_password };
    const path = '/api/v1/account/user/me/password';
    const changed = await request(client, 'PUT', path, { bearer, json: passwords });
    expect(changed.status).toBe(204);
    await eventually(() =>
      expect(subjectsTo(user.email)).toEqual([
        SUBJECTS.address_in_use,
        SUBJECTS.new_sign_in,
        SUBJECTS.password_changed,
      ]),
    );
    await lettersTo(user, 3);
    for (const { raw } of mail.lettersTo(user.email)) expect(raw).not.toContain('evil.example');
  });

  it('lead from a lost password, asked for under a forged Host, to a new one, and tell of it (S-110, S-111)', async () => {
    const client = from(service);
    const user = await newUser(client);
    const names = { host: 'evil.example', 'x-forwarded-host': 'evil.example' };
    const forged = { ...client, headers: { ...client.headers, ...names } };
    expect((await requestReset(forged, user.email)).status).toBe(202);
    const [letter] = await lettersTo(user, 1);
    const { raw, parsed } = letter as TakenLetter;
    expect(raw).not.toContain('evil.example');
    const [, address, token = ''] =
      /^(https:.*)\?token=([\w-]{64})$/m.exec(parsed.text ?? '') ?? [];
    expect(address).toBe(`${PUBLIC_URL}/link/reset`);
    const password = 'five blue herons on a wooden bridge';
    expect((await confirmReset(client, token, password)).status).toBe(200);
    await signIn(client, { ...user, password });
    await lettersTo(user, 2);
    expect(subjectsTo(user.email)).toEqual([SUBJECTS.password_reset, SUBJECTS.password_changed]);
  });

  it('are not sent to a user who is deleted while they wait (S-169)', async () => {
    const user = await newUser();
    mail.answerTo = (to) => (to === user.email ? 'try later' : 'take');
    for (const name of ['sign_up.repeated', 'password_reset.completed'] as const) {
      await store(name, user);
    }
    await eventually(() => expect(mail.recipients).toContain(user.email));
    await service.database.query('DELETE FROM accounts WHERE id = ?', [user.accountId]);
    mail.answerTo = () => 'take';
    await eventually(async () => {
      await endWaiting();
      expect(await waiting(user)).toBe(0);
    });
    expect(mail.lettersTo(user.email)).toEqual([]);
  });

  it('hold names as text that can neither add a header nor become a link (S-141)', async () => {
    const user = await newUser();
    const name = 'Ada\r\nBcc: eve@evil.example\u2028\u2029\u202E\u0000<b>&"http://evil.example/x';
    await service.database.query('UPDATE users SET first_name = ? WHERE id = ?', [
      target.database === 'postgres' ? name.replace('\0', '\u0001') : name,
      user.id,
    ]);
    await service.database.query('UPDATE accounts SET name = ? WHERE id = ?', [
      '</td><img src=//evil.example>\r\n.\r\nQUIT',
      user.accountId,
    ]);
    const { id: linkId } = await linkOf('invitation', user);
    await store('invitation.created', user, { linkId });
    const [letter] = await lettersTo(user, 1);
    const { raw, parsed } = letter as TakenLetter;
    const [head = ''] = raw.split('\n\n');
    // A Message-ID of hexadecimal digits may hold "bcc".
    expect(head).not.toMatch(/^bcc:|evil/im);
    expect(mail.recipients.filter((recipient) => recipient.includes('evil'))).toEqual([]);
    expect(parsed.text).toContain('Hello Ada Bcc: eve@evil. example <b>&"http: //evil. example/x,');
    expect(parsed.text).not.toMatch(/(?!\n)[\p{Cc}\p{Cf}\u2028\u2029]/u);
    const html = String(parsed.html);
    expect(html).toContain('&lt;b&gt;&amp;&quot;http: //evil. example/x,');
    expect(html).toContain('&lt;/td&gt;&lt;img src=//evil. example&gt;');
    expect([...html.matchAll(/<(\w+)/g)].map(([, tag]) => tag)).not.toContain('img');
  });

  it('are given up for an address that is refused, or that needs quotes, and hold up no later letter (S-141)', async () => {
    const user = await newUser();
    let refusals = 0;
    mail.answerTo = (to) => (to === user.email && refusals++ === 0 ? 'refuse' : 'take');
    await store('sign_up.repeated', user);
    await store('password_reset.completed', user);
    await lettersTo(user, 1);
    expect(subjectsTo(user.email)).toEqual([SUBJECTS.password_changed]);
    expect(service.output()).toContain(
      `a letter (address_in_use) to user ${user.id} is given up: the mail server answered RCPT TO with 550 5.1.1`,
    );

    const quoted = await newUser();
    const address = `"eve@evil.example> ${quoted.id.slice(0, 8)}"@example.com`;
    await service.database.query('UPDATE users SET canonical_email = ? WHERE id = ?', [
      address,
      quoted.id,
    ]);
    await store('sign_up.repeated', quoted);
    await eventually(async () => expect(await waiting(quoted)).toBe(0));
    expect(service.output()).toContain(`to user ${quoted.id} is given up: the address holds`);
    expect(mail.recipients.join()).not.toContain('evil');
  });

  it('reach others while one recipient cannot be reached, and that one once he can', async () => {
    const [dead, alive] = [await newUser(), await newUser()];
    let isDead = true;
    mail.answerTo = (to) => (to === dead.email && isDead ? 'try later' : 'take');
    for (let times = 0; times < 3; times++) await store('sign_up.repeated', dead);
    await eventually(() => expect(mail.recipients).toContain(dead.email));
    await store('sign_up.repeated', alive);
    await lettersTo(alive, 1);
    expect(await waiting(dead)).toBe(3);
    isDead = false;
    await lettersTo(dead, 3);
  });

  it('each arrive once, although the mail server was away and the process was killed meanwhile (S-173)', async () => {
    const users = [await newUser(), await newUser(), await newUser()];
    await mail.close();
    for (const user of users) await store('password_reset.completed', user);
    await eventually(async () => {
      const [row] = await service.database.query(
        'SELECT MIN(attempts) AS attempts FROM event_deliveries',
      );
      expect(Number(row?.attempts)).toBeGreaterThan(0);
    });
    await service.kill();
    await mail.open();
    await endWaiting();
    await service.start();
    for (const user of users) await lettersTo(user, 1);
    expect(service.output()).not.toContain(mail.password);
    expect(service.output()).not.toContain(encodeURIComponent(mail.password));
  });

  // What neither engine nor adapter changes.
  if (target.database !== 'sqlite') return;

  it('have the same Message-ID where the server took one and the process died before it heard of it', async () => {
    const user = await newUser();
    mail.answerTo = (to) => (to === user.email ? 'take and never answer' : 'take');
    await store('password_reset.completed', user);
    await eventually(() => expect(mail.lettersTo(user.email)).toHaveLength(1));
    await service.kill();
    await endWaiting();
    mail.answerTo = () => 'take';
    await service.start();
    const [first, second] = await lettersTo(user, 2);
    expect(second?.parsed.messageId).toBe(first?.parsed.messageId);
    expect(second?.parsed.date).toEqual(first?.parsed.date);
    // Its connection to the mail server does not keep it.
    expect(await service.stop()).toBe(0);
  });
});
