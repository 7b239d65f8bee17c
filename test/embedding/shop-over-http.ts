// What each application with the scopes of the shop does over HTTP.
import { expect } from '@jest/globals';
import { request, type HttpResponse } from '../support/http.js';

/** Path of the orders, and their list in an answer, where an application has changed them. */
export interface Orders {
  readonly path?: string;
  readonly listIn?: (body: HttpResponse['body']) => unknown;
}

/** Signs up and in, and meets guarded routes allowed and refused. */
export async function expectShopWorks(
  shop: { url: string },
  { path = '/orders', listIn = (body) => body as unknown }: Orders = {},
): Promise<void> {
  const password = 'three grey geese in a green field';
  const signUp = {
    account_name: 'Lantern Works',
    full_name: 'Ada Lovelace',
    email_address: 'ada@example.com',
    password,
    country: 'GBR',
    terms: true,
  };
  expect(await request(shop, 'POST', '/api/v1/account', { json: signUp })).toMatchObject({
    status: 202,
  });
  const owner = await signIn(shop, signUp.email_address, password);

  const clerk = {
    email_address: 'bob@example.com',
    first_name: 'Bob',
    surname: 'B',
    role: 'clerk',
    password,
  };
  const made = await request(shop, 'POST', '/api/v1/account/user', {
    bearer: owner.token,
    json: clerk,
  });
  expect(made.status).toBe(201);
  const bob = await signIn(shop, clerk.email_address, password);
  expect(bob.scope).toEqual(['clerk']);

  const order = { item: 'Lantern', quantity: 2 };
  const place = (bearer?: string): Promise<HttpResponse> =>
    request(shop, 'POST', path, { json: order, ...(bearer === undefined ? {} : { bearer }) });
  expect((await place(bob.token)).status).toBe(201);
  expect((await place()).body).toMatchObject({ code: 40101 });
  // A clerk may place orders but not list the users of the account.
  const refused = await request(shop, 'GET', '/api/v1/account/user', { bearer: bob.token });
  expect([refused.status, refused.body.code]).toEqual([403, 40302]);
  const narrowed = await signIn(shop, signUp.email_address, password, 'orders:read');
  expect((await place(narrowed.token)).body).toMatchObject({ code: 40302 });
  const list = await request(shop, 'GET', path, { bearer: narrowed.token });
  expect(listIn(list.body)).toMatchObject([order]);
}

async function signIn(
  shop: { url: string },
  user: string,
  password: string,
  scope?: string,
): Promise<{ token: string; scope: string[] }> {
  const query = scope === undefined ? '' : `&scope=${encodeURIComponent(scope)}`;
  const { status, body } = await request(shop, 'POST', `/oauth/token?grant_type=password${query}`, {
    basic: [user, password],
  });
  expect(status).toBe(200);
  return { token: body.access_token, scope: body.Scope };
}
