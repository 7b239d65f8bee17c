import type { INestApplication } from '@nestjs/common';
import type { MailKind } from 'nest-gatehouse';
import { setTimeout as sleep } from 'node:timers/promises';
import request from 'supertest';
import { letters } from './../src/letters';
import { openApp } from './open-app';

const ADA = 'ada@recovery.example.com';
const GRACE = 'grace@recovery.example.com';
const PASSWORD = 'three grey geese in a green field';

describe('recovery (e2e)', () => {
  let app: INestApplication;

  beforeAll(async () => {
    app = await openApp();
  });

  afterAll(() => app.close());

  const server = () => request(app.getHttpServer());
  const signIn = (address: string, password: string) =>
    server().post('/oauth/token').query({ grant_type: 'password' }).auth(address, password);

  /** The path to which the link of a letter leads, once it is there. */
  async function linkIn(kind: MailKind, to: string): Promise<string> {
    for (let tries = 0; tries < 1_200; tries++) {
      const letter = letters.find((each) => each.kind === kind && each.to === to);
      if (letter?.link !== undefined) {
        expect(letter.text).toContain(letter.link);
        const { pathname, search } = new URL(letter.link, 'https://shop.example.com');
        return pathname + search;
      }
      await sleep(50);
    }
    throw new Error(`no letter ${kind} came`);
  }

  /** Opens the page of a link, and sends its form. */
  async function follow(link: string, fields: Record<string, string> = {}) {
    const shown = await server()
      .get(link)
      .expect(200)
      .expect('content-type', /^text\/html/);
    const [, token = ''] = /name="token" value="([\w-]+)"/.exec(shown.text) ?? [];
    const [page = ''] = link.split('?');
    const sent = () =>
      server()
        .post(page)
        .type('form')
        .send({ token, ...fields });
    const done = await sent()
      .expect(200)
      .expect('content-type', /^text\/html/);
    await sent().expect(400);
    return done.text;
  }

  it('goes from a sign-up to a new password, by letters and the pages behind their links', async () => {
    const signUp = {
      account_name: 'Lovelace Analytics',
      full_name: 'Ada Lovelace',
      email_address: ADA,
      password: PASSWORD,
      country: 'GBR',
      terms: true,
    };
    await server().post('/api/v1/account').send(signUp).expect(202);
    expect(await follow(await linkIn('email_verification', ADA))).toContain('is confirmed');
    const owner = await signIn(ADA, PASSWORD).expect(200);
    const headers = { authorization: `Bearer ${owner.body.access_token}` };
    const webhook = await server()
      .post('/api/v1/account/webhook')
      .set(headers)
      .send({ url: 'https://gatehouse.invalid/', events: ['user.created'] })
      .expect(201);

    const grace = { email_address: GRACE, first_name: 'Grace', surname: 'H', role: 'clerk' };
    await server().post('/api/v1/account/user').set(headers).send(grace).expect(201);
    const first = 'seven pale moons over a harbour';
    const chosen = { password: first, password_again: first };
    expect(await follow(await linkIn('invitation', GRACE), chosen)).toContain('is set');
    expect((await signIn(GRACE, first).expect(200)).body.Scope).toEqual(['clerk']);

    const { body } = await server()
      .get(`/api/v1/account/webhook/${webhook.body.id}/delivery`)
      .set(headers)
      .expect(200);
    expect(body).toMatchObject([{ event: 'user.created' }]);

    const asked = server().post('/api/v1/account/password_reset').send({ email_address: ADA });
    await asked.expect(202);
    const second = 'four white swans on a grey lake';
    const changed = { password: second, password_again: second };
    expect(await follow(await linkIn('password_reset', ADA), changed)).toContain('is changed');
    await server().get('/oauth/me').set(headers).expect(401);
    await signIn(ADA, PASSWORD).expect(403);
    const again = await signIn(ADA, second).expect(200);
    const list = await server()
      .get('/api/v1/account/user')
      .set({ authorization: `Bearer ${again.body.access_token}` })
      .expect(200);
    expect(list.body).toMatchObject([
      { email_address: GRACE, is_verified: false },
      { email_address: ADA, is_verified: true },
    ]);
  });
});
