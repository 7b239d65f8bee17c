import { Logger } from '@nestjs/common';
import { describe, expect, it, jest } from '@jest/globals';
import type { IncomingMessage } from 'node:http';
import { setImmediate as turn } from 'node:timers/promises';
import { codeOf, refusalOf } from '../../../test/support/unit.js';
import { requestFacts, setRequestFacts } from './request-facts.js';
import { TransportPolicy, type TransportOptions } from './transport-policy.js';

function policy(options: Partial<TransportOptions> = {}): TransportPolicy {
  return new TransportPolicy({
    trustProxy: [],
    https: 'except_loopback',
    revokesExposed: true,
    ...options,
  });
}

function requestFrom(
  remoteAddress: string,
  headers: Record<string, string> = {},
  encrypted = false,
): IncomingMessage {
  const rawHeaders = Object.entries(headers).flat();
  return { headers, rawHeaders, socket: { remoteAddress, encrypted } } as never;
}

const verdict = (each: TransportPolicy, request: IncomingMessage) =>
  codeOf(() => each.admit(request));

describe('TransportPolicy', () => {
  it.each<[string, IncomingMessage, Partial<TransportOptions>, number | undefined]>([
    ['HTTPS', requestFrom('192.0.2.7', {}, true), { https: 'required' }, undefined],
    ['plain HTTP from this machine', requestFrom('127.0.0.1'), {}, undefined],
    ['the same where HTTPS is required', requestFrom('127.0.0.1'), { https: 'required' }, 40301],
    ['plain HTTP from elsewhere', requestFrom('192.0.2.7'), {}, 40301],
    [
      'the same where HTTPS is unchecked',
      requestFrom('192.0.2.7'),
      { https: 'unchecked' },
      undefined,
    ],
    [
      'an untrusted peer that reports HTTPS',
      requestFrom('192.0.2.7', { 'x-forwarded-proto': 'https' }),
      {},
      40301,
    ],
    [
      'a trusted proxy that reports HTTPS',
      requestFrom('192.0.2.7', { 'x-forwarded-proto': 'https' }),
      { trustProxy: ['192.0.2.0/24'] },
      undefined,
    ],
  ])('accepts or refuses %s (contract §1, S-115)', async (_, request, options, code) => {
    expect(await verdict(policy(options), request)).toBe(code);
  });

  it('refuses a refused request again for each of its resolvers', async () => {
    const each = policy();
    const request = requestFrom('192.0.2.7');
    for (let asked = 0; asked < 3; asked++) expect(await verdict(each, request)).toBe(40301);
  });

  it('reports an exposed credential once, after the refusal (S-200)', async () => {
    const each = policy();
    const exposed: unknown[] = [];
    each.reportExposed((authorization, origin) => void exposed.push([authorization, origin]));
    const headers = { authorization: 'Bearer abc', 'x-request-id': 'from-a-proxy' };
    const request = requestFrom('192.0.2.7', headers);
    await verdict(each, request);
    await verdict(each, request);
    await turn();
    const origin = { clientAddress: '192.0.2.7', requestId: 'from-a-proxy' };
    expect(exposed).toEqual([['Bearer abc', origin]]);
  });

  it('reports nothing behind a proxy that was not named, and explains that in refusal and log (contract §1)', async () => {
    const each = policy();
    const exposed: string[] = [];
    each.reportExposed((authorization) => void exposed.push(authorization));
    const warn = jest.spyOn(Logger.prototype, 'warn').mockImplementation(() => undefined);
    const forwarded = { authorization: 'Bearer abc', 'x-forwarded-proto': 'https' };
    for (let asked = 0; asked < 3; asked++) {
      const request = requestFrom('192.0.2.7', forwarded);
      const { entry, errors } = await refusalOf(() => each.admit(request));
      expect([entry.code, errors?.[0]?.field]).toEqual([40301, 'X-Forwarded-Proto']);
      expect(errors?.[0]?.message).toMatch(/transport\.trustProxy/);
      expect((await refusalOf(() => each.admit(request))).errors).toEqual(errors);
    }
    await turn();
    expect(exposed).toEqual([]);
    // One warning is enough: such a proxy forwards every request.
    expect(warn.mock.calls).toEqual([[expect.stringMatching(/192\.0\.2\.7.*trustProxy/)]]);
    warn.mockRestore();
  });

  it.each([
    ['another proxy was named', { 'x-forwarded-proto': 'https' }, ['198.51.100.0/24']],
    ['the peer reports HTTP', { 'x-forwarded-proto': 'http' }, []],
    ['the peer reports both', { 'x-forwarded-proto': 'https,http' }, []],
    ['the peer reports HTTPS in another header', { 'x-forwarded-protocol': 'https' }, []],
  ])('reports a credential sent in the clear where %s (S-200)', async (_, headers, trustProxy) => {
    const each = policy({ trustProxy });
    const exposed: string[] = [];
    each.reportExposed((authorization) => void exposed.push(authorization));
    const request = requestFrom('192.0.2.7', { authorization: 'Bearer abc', ...headers });
    expect((await refusalOf(() => each.admit(request))).errors).toBeUndefined();
    await turn();
    expect(exposed).toEqual(['Bearer abc']);
  });

  it('reports nothing where exposed credentials are not revoked', async () => {
    const each = policy({ revokesExposed: false });
    const exposed: string[] = [];
    each.reportExposed((authorization) => void exposed.push(authorization));
    await verdict(each, requestFrom('192.0.2.7', { authorization: 'Bearer abc' }));
    await turn();
    expect(exposed).toEqual([]);
  });

  it('checks a request whose facts were read before', async () => {
    const request = requestFrom('192.0.2.7');
    expect(requestFacts(request).clientAddress).toBe('192.0.2.7');
    expect(await verdict(policy(), request)).toBe(40301);
  });

  it('keeps the facts of a gate that checked the request before', () => {
    const request = requestFrom('192.0.2.7');
    setRequestFacts(request, { id: 'x', clientAddress: '198.51.100.1' });
    policy().admit(request);
    expect(requestFacts(request).clientAddress).toBe('198.51.100.1');
  });
});
