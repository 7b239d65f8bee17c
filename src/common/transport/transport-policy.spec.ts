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
    ['plain HTTP of this machine', requestFrom('127.0.0.1'), {}, undefined],
    ['that, where HTTPS is required', requestFrom('127.0.0.1'), { https: 'required' }, 40301],
    ['plain HTTP from elsewhere', requestFrom('192.0.2.7'), {}, 40301],
    ['that, where nobody asks', requestFrom('192.0.2.7'), { https: 'unchecked' }, undefined],
    [
      'what a stranger says is HTTPS',
      requestFrom('192.0.2.7', { 'x-forwarded-proto': 'https' }),
      {},
      40301,
    ],
    [
      'what a trusted proxy says is HTTPS',
      requestFrom('192.0.2.7', { 'x-forwarded-proto': 'https' }),
      { trustProxy: ['192.0.2.0/24'] },
      undefined,
    ],
  ])('judges %s (contract §1, S-115)', async (_, request, options, code) => {
    expect(await verdict(policy(options), request)).toBe(code);
  });

  it('refuses a request that it refused before, however many resolvers of it ask', async () => {
    const each = policy();
    const request = requestFrom('192.0.2.7');
    for (let asked = 0; asked < 3; asked++) expect(await verdict(each, request)).toBe(40301);
  });

  it('reports an exposed credential once, after the refusal (S-200)', async () => {
    const each = policy();
    const exposed: string[] = [];
    each.reportExposed((authorization) => void exposed.push(authorization));
    const request = requestFrom('192.0.2.7', { authorization: 'Bearer abc' });
    await verdict(each, request);
    await verdict(each, request);
    await turn();
    expect(exposed).toEqual(['Bearer abc']);
  });

  it('reports nothing behind a proxy that was not named, and says in refusal and log why (contract §1)', async () => {
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
    // Not at each: such a proxy brings every request.
    expect(warn.mock.calls).toEqual([[expect.stringMatching(/192\.0\.2\.7.*trustProxy/)]]);
    warn.mockRestore();
  });

  it.each([
    ['another proxy was named', { 'x-forwarded-proto': 'https' }, ['198.51.100.0/24']],
    ['it says HTTP', { 'x-forwarded-proto': 'http' }, []],
    ['it says both', { 'x-forwarded-proto': 'https,http' }, []],
    ['it says so in another header', { 'x-forwarded-protocol': 'https' }, []],
  ])('reports what came in the clear where %s (S-200)', async (_, headers, trustProxy) => {
    const each = policy({ trustProxy });
    const exposed: string[] = [];
    each.reportExposed((authorization) => void exposed.push(authorization));
    const request = requestFrom('192.0.2.7', { authorization: 'Bearer abc', ...headers });
    expect((await refusalOf(() => each.admit(request))).errors).toBeUndefined();
    await turn();
    expect(exposed).toEqual(['Bearer abc']);
  });

  it('reports nothing where it is told not to', async () => {
    const each = policy({ revokesExposed: false });
    const exposed: string[] = [];
    each.reportExposed((authorization) => void exposed.push(authorization));
    await verdict(each, requestFrom('192.0.2.7', { authorization: 'Bearer abc' }));
    await turn();
    expect(exposed).toEqual([]);
  });

  it('takes a look at its facts for no look at the request', async () => {
    const request = requestFrom('192.0.2.7');
    expect(requestFacts(request).clientAddress).toBe('192.0.2.7');
    expect(await verdict(policy(), request)).toBe(40301);
  });

  it('believes the gate that looked before', () => {
    const request = requestFrom('192.0.2.7');
    setRequestFacts(request, { id: 'x', clientAddress: '198.51.100.1' });
    policy().admit(request);
    expect(requestFacts(request).clientAddress).toBe('198.51.100.1');
  });
});
