// Creates accounts with users, keys and roles over HTTP.
import { newSignUp, signIn, signUp, type TestUser, type Tokens } from './factories.js';
import { request, type HttpResponse, type Reachable, type RequestOptions } from './http.js';
import { inTurn } from './patience.js';

/** A user who is signed in. */
export interface Member extends TestUser {
  readonly id: string;
  readonly tokens: Tokens;
  readonly bearer: string;
}

export interface Key {
  readonly id: string;
  readonly key: string;
  readonly secret: string;
  /** `key.secret`. */
  readonly apiKey: string;
}

/** An account with its owner, signed in. */
export async function newOwner(service: Reachable): Promise<Member> {
  return enter(service, await signUp(service));
}

/** Signs a user in and reads the user's id. */
export async function enter(service: Reachable, user: TestUser): Promise<Member> {
  const tokens = await signIn(service, user);
  const me = await request(service, 'GET', '/oauth/me', { bearer: tokens.access_token });
  return { ...user, id: me.body.id, tokens, bearer: tokens.access_token };
}

/** A user of the account, who is not signed in. */
export async function newUser(
  service: Reachable,
  { bearer, accountId }: Pick<Member, 'bearer' | 'accountId'>,
  role: string,
): Promise<TestUser & { readonly id: string }> {
  const { email_address: email, password } = newSignUp();
  const json = { email_address: email, password, first_name: 'Grace', surname: 'Hopper', role };
  const { body } = await expectStatus(201, service, 'POST', '/api/v1/account/user', {
    bearer,
    json,
  });
  return { id: body.id, email, password, accountId };
}

/** A user of the account, signed in. */
export async function newMember(
  service: Reachable,
  owner: Pick<Member, 'bearer' | 'accountId'>,
  role: string,
): Promise<Member> {
  return enter(service, await newUser(service, owner, role));
}

export async function newKey(
  service: Reachable,
  { bearer }: Pick<Member, 'bearer'>,
  role = 'read_only',
  more: Record<string, unknown> = {},
): Promise<Key> {
  const json = { name: 'Nightly export', role, ...more };
  const { body } = await expectStatus(201, service, 'POST', '/api/v1/account/api_key', {
    bearer,
    json,
  });
  return { id: body.id, key: body.key, secret: body.secret, apiKey: body.api_key };
}

/** Creates an account's own role; returns its id. */
export async function newRole(
  service: Reachable,
  { bearer }: Pick<Member, 'bearer'>,
  name: string,
  scopes: readonly string[],
): Promise<string> {
  const json = { name, scopes };
  const options = { bearer, json };
  return (await expectStatus(201, service, 'POST', '/api/v1/account/role', options)).body.id;
}

/** For set-up: an answer of another status ends the test. */
export async function expectStatus(
  status: number,
  service: Reachable,
  method: string,
  path: string,
  options: RequestOptions,
): Promise<HttpResponse> {
  const response = await inTurn(() => request(service, method, path, options));
  if (response.status !== status) {
    throw new Error(`${method} ${path} answered ${response.status}: ${response.text}`);
  }
  return response;
}
