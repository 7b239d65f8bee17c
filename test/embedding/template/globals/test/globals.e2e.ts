// The globals of this application do not reach the routes of Gatehouse (S-208).
import type { INestApplication } from '@nestjs/common';
import { gatehouseTesting, type GatehouseTesting } from 'nest-gatehouse/testing';
import request from 'supertest';
import { openApp, ORDERS } from './open-app';

const PASSWORD = 'three grey geese in a green field';

describe('globals (e2e)', () => {
  let app: INestApplication;
  let gatehouse: GatehouseTesting;

  beforeAll(async () => {
    app = await openApp();
    gatehouse = gatehouseTesting(app);
  });

  afterAll(() => app.close());

  const server = () => request(app.getHttpServer());

  it('of pipes convert no member of a body', async () => {
    const owner = await gatehouse.as();
    const user = await gatehouse.user({ account: owner.account, role: 'read_only' });
    const change = (is_active: unknown) =>
      server().patch(`/api/v1/account/user/${user.id}`).set(owner.headers).send({ is_active });
    const changed = await change(false).expect(200);
    expect(changed.body).toMatchObject({ id: user.id, is_active: false });
    const refused = await change('false').expect(400);
    expect(refused.body).toMatchObject({ code: 40001, errors: [{ field: 'is_active' }] });
    const read = await server().get(`/api/v1/account/user/${user.id}`).set(owner.headers);
    expect(read.body.is_active).toBe(false);
  });

  it('of pipes open no account without consent', async () => {
    const signUp = {
      account_name: 'Lantern Works',
      full_name: 'Ada Lovelace',
      email_address: 'globals@example.com',
      password: PASSWORD,
      country: 'GBR',
      terms: 'false',
    };
    const refused = await server().post('/api/v1/account').send(signUp).expect(400);
    expect(refused.body).toMatchObject({ code: 40001, errors: [{ field: 'terms' }] });
  });

  it('of guards leave the token endpoint open, and of filters its errors alone', async () => {
    const refused = await server()
      .post('/oauth/token')
      .query({ grant_type: 'password' })
      .auth('nobody@example.com', PASSWORD);
    expect(refused.status).toBe(403);
    expect(refused.body).toMatchObject({ code: 40102, error: 'invalid_grant' });
    expect(refused.body).not.toHaveProperty('from');
  });

  it('of interceptors wrap no answer, and change none of a later request', async () => {
    const { headers, user } = await gatehouse.as();
    const first = await server().get('/oauth/me').set(headers).expect(200);
    const second = await server().get('/oauth/me').set(headers).expect(200);
    expect(first.body).toMatchObject({ id: user.id });
    expect([first.body.stamps, second.body.stamps]).toEqual([
      [expect.any(Number)],
      [expect.any(Number)],
    ]);
  });

  it('of prefix and versioning move no route, and /scope lists the paths that are served', async () => {
    const { headers } = await gatehouse.as();
    const { text } = await server().get('/api/v1/scope').set(headers).expect(200);
    expect(text).toContain('/api/v1/account/user');
    expect(text).toContain(ORDERS);
    expect(text).not.toContain('/api/api');
  });

  it('act on the routes of the application', async () => {
    const { headers } = await gatehouse.as({ role: 'clerk' });
    const listed = await server().get(ORDERS).set(headers).expect(200);
    expect(listed.body).toMatchObject({ data: [] });
    expect((await server().get(ORDERS).expect(401)).body).toMatchObject({
      code: 40101,
      from: 'the host',
    });
  });
});
