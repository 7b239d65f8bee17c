import type { CryptoRuns } from '../support/crypto-runs.js';
import { request, type HttpResponse, type Reachable } from '../support/http.js';
import type { Member } from '../support/members.js';
import type { TestService } from '../support/service.js';

/** What the suites of one service share. */
export interface Bench {
  service: TestService;
  /** The network from which users sign in. */
  usual: Reachable;
  /** A user who signed in from there. */
  owner: Member;
  readonly cryptoRuns: CryptoRuns;
}

export const PASSWORD_GRANT = '/oauth/token?grant_type=password';
export const WRONG = 'this is not the password';

/** An attempt to sign in, with a wrong password by default. */
export function attempt(client: Reachable, email: string, password = WRONG): Promise<HttpResponse> {
  return request(client, 'POST', PASSWORD_GRANT, { basic: [email, password] });
}

/** Status and code, for example `403 40102`. */
export function outcome({ status, body }: HttpResponse): string {
  return `${status} ${body?.code ?? ''}`.trim();
}

export function outcomes(answers: readonly HttpResponse[]): string[] {
  return answers.map(outcome);
}

/** The same outcome so many times. */
export function times(count: number, value: string): string[] {
  return Array.from({ length: count }, () => value);
}

/** Runs `work` as many times, one after the other. */
export async function inOrder<T>(count: number, work: (index: number) => Promise<T>): Promise<T[]> {
  const results: T[] = [];
  while (results.length < count) results.push(await work(results.length));
  return results;
}

/** The result of `work`, and how many passwords were hashed for it. */
export async function hashing<T>(
  { cryptoRuns }: Bench,
  work: () => Promise<T>,
): Promise<readonly [T, number]> {
  let result: T | undefined;
  const runs = await cryptoRuns.bcryptCosts(async () => (result = await work()));
  return [result as T, runs.length];
}
