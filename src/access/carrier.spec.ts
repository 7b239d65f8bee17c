import type { ArgumentsHost } from '@nestjs/common';
import { describe, expect, it } from '@jest/globals';
import { carrierKey, carrierOf } from './carrier.js';
import { rememberHandshake } from './handshakes.js';

const TOKEN = 'Bearer abc';
const raw = { headers: { authorization: TOKEN }, socket: {} };

function host(type: string, ...args: unknown[]): ArgumentsHost {
  return {
    getType: () => type,
    getArgByIndex: (index: number) => args[index],
    switchToHttp: () => ({ getRequest: () => args[0] }),
    switchToWs: () => ({ getClient: () => args[0] }),
    switchToRpc: () => ({ getContext: () => args[1], getData: () => args[0] }),
  } as unknown as ArgumentsHost;
}

describe('carrierOf', () => {
  it.each([
    ["Express's request", raw],
    ["Fastify's request", { raw, headers: {} }],
  ])('reads %s', (_, request) => {
    expect(carrierOf(host('http', request))).toMatchObject({
      key: request,
      isOneCall: true,
      authorization: TOKEN,
      request: raw,
    });
  });

  it.each([
    ['of Apollo on Express', { req: raw }],
    ['of Apollo on Fastify', { request: raw }],
    ['of Mercurius', { reply: { request: raw } }],
    ['of a socket that was opened with a header', { extra: { request: raw } }],
  ])('reads a GraphQL context %s', (_, context) => {
    const carrier = carrierOf(host('graphql', {}, {}, context));
    expect(carrier).toMatchObject({ key: raw, authorization: TOKEN, request: raw });
  });

  it('reads the parameters of a GraphQL socket, and verifies each of its operations', () => {
    const context = { req: { headers: {} }, connectionParams: { Authorization: TOKEN } };
    expect(carrierOf(host('graphql', {}, {}, context))).toMatchObject({
      key: context,
      isOneCall: false,
      authorization: TOKEN,
    });
  });

  it('finds no credentials in a GraphQL context that it does not know', () => {
    const context = {};
    const carrier = carrierOf(host('graphql', {}, {}, context));
    expect(carrier).toEqual({
      key: context,
      isOneCall: false,
      authorization: undefined,
      request: undefined,
    });
  });

  it.each<[string, Record<string, unknown>, string | undefined]>([
    ['a token in the handshake', { auth: { token: 'abc' }, headers: {} }, TOKEN],
    ['a header of the handshake', { auth: {}, headers: { authorization: TOKEN } }, TOKEN],
    [
      'the token before the header',
      { auth: { token: 'abc' }, headers: { authorization: 'x' } },
      TOKEN,
    ],
    ['nothing for a token that is no text', { auth: { token: 1 }, headers: {} }, undefined],
  ])('reads of socket.io %s', (_, handshake, authorization) => {
    const client = { handshake, request: raw };
    const carrier = carrierOf(host('ws', client));
    expect(carrier).toMatchObject({ key: client, isOneCall: false, request: raw });
    expect(carrier.authorization).toBe(authorization);
  });

  it('reads of ws what was remembered of its handshake, and nothing else', () => {
    const [client, other] = [{}, { headers: { authorization: TOKEN } }];
    rememberHandshake(client, raw as never);
    expect(carrierOf(host('ws', client)).authorization).toBe(TOKEN);
    expect(carrierOf(host('ws', other)).authorization).toBeUndefined();
  });

  it('keeps the principal of a message with its context', () => {
    const context = {};
    expect(carrierKey(host('rpc', { authorization: TOKEN }, context))).toBe(context);
    expect(carrierOf(host('rpc', { authorization: TOKEN }, context)).authorization).toBe(TOKEN);
  });
});
