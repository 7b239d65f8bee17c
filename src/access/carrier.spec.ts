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
      request,
    });
  });

  it.each([
    ['Apollo on Express', { req: raw }],
    ['Apollo on Fastify', { request: raw }],
    ['Mercurius', { reply: { request: raw } }],
    ['a socket with a header', { extra: { request: raw } }],
  ])('reads the GraphQL context of %s', (_, context) => {
    const carrier = carrierOf(host('graphql', {}, {}, context));
    expect(carrier).toMatchObject({ key: raw, authorization: TOKEN, request: raw });
  });

  it('reads the parameters of a GraphQL socket, which carries many calls', () => {
    const context = { req: { headers: {} }, connectionParams: { Authorization: TOKEN } };
    expect(carrierOf(host('graphql', {}, {}, context))).toMatchObject({
      key: context,
      isOneCall: false,
      authorization: TOKEN,
    });
  });

  it('finds no credentials in an unknown GraphQL context', () => {
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
    ['nothing for a token that is not a string', { auth: { token: 1 }, headers: {} }, undefined],
  ])('reads from socket.io %s', (_, handshake, authorization) => {
    const client = { handshake, request: raw };
    const carrier = carrierOf(host('ws', client));
    expect(carrier).toMatchObject({ key: client, isOneCall: false, request: raw });
    expect(carrier.authorization).toBe(authorization);
  });

  it('reads for ws only the remembered handshake', () => {
    const [client, other] = [{}, { headers: { authorization: TOKEN } }];
    rememberHandshake(client, raw as never);
    expect(carrierOf(host('ws', client)).authorization).toBe(TOKEN);
    expect(carrierOf(host('ws', other)).authorization).toBeUndefined();
  });

  it('stores the principal of a message for its context', () => {
    const context = {};
    expect(carrierKey(host('rpc', { authorization: TOKEN }, context))).toBe(context);
    expect(carrierOf(host('rpc', { authorization: TOKEN }, context)).authorization).toBe(TOKEN);
  });
});
