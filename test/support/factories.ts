import { randomBytes } from 'node:crypto';
import { request, type HttpResponse, type Reachable } from './http.js';
import { inTurn } from './patience.js';

export interface SignUp {
  readonly account_name: string;
  readonly full_name: string;
  readonly email_address: string;
  readonly password: string;
  readonly country: string;
  readonly terms: boolean;
}

export interface TestUser {
  readonly email: string;
  readonly password: string;
  readonly accountId: string;
}

/** The answer of the token endpoint. */
export interface Tokens {
  readonly token_type: string;
  readonly access_token: string;
  readonly refresh_token: string;
  readonly expires_in: number;
  readonly expires_at: number;
  readonly Scope: readonly string[];
}

/** Creates an account with its owner, with an address and a password that no other test uses. */
export async function signUp(
  service: Reachable,
  overrides: Partial<SignUp> = {},
): Promise<TestUser> {
  const json = { ...newSignUp(), ...overrides };
  const response = await inTurn(() => request(service, 'POST', '/api/v1/account', { json }));
  expectStatus(response, 202, 'Sign-up');
  return {
    email: json.email_address,
    password: json.password,
    accountId: response.body.account_id,
  };
}

/** The body that `signUp` sends, for tests that send it themselves. */
export function newSignUp(): SignUp {
  const unique = randomBytes(9).toString('hex');
  return {
    account_name: `Account ${unique}`,
    full_name: 'Ada Lovelace',
    email_address: `ada-${unique}@example.com`,
    password: randomBytes(18).toString('base64url'),
    country: 'NLD',
    terms: true,
  };
}

/** Signs a user in with the password grant. */
export async function signIn(
  service: Reachable,
  user: Pick<TestUser, 'email' | 'password'>,
): Promise<Tokens> {
  const basic = [user.email, user.password] as const;
  const path = '/oauth/token?grant_type=password';
  const response = await inTurn(() => request(service, 'POST', path, { basic }));
  expectStatus(response, 200, 'Sign-in');
  return response.body as Tokens;
}

/** Deletes the account of its owner, if there is one with this password. */
export async function deleteAccountOf(
  service: Reachable,
  email: string,
  password: string,
): Promise<void> {
  const path = '/oauth/token?grant_type=password';
  const basic = [email, password] as const;
  const { body } = await inTurn(() => request(service, 'POST', path, { basic }));
  const bearer = body.access_token as string | undefined;
  if (bearer === undefined) return;
  const json = { password };
  await inTurn(() => request(service, 'DELETE', '/api/v1/account', { bearer, json }));
}

function expectStatus({ status, text }: HttpResponse, expected: number, what: string): void {
  if (status !== expected) throw new Error(`${what} answered ${status}, not ${expected}: ${text}`);
}
