import { describe, expect, it } from '@jest/globals';
import { messageAuthorization } from './message-metadata.js';

const TOKEN = 'Bearer abc';
const metadata = new Map<string, unknown>([['authorization', TOKEN]]);

describe('messageAuthorization', () => {
  it.each<[string, object, unknown]>([
    ["gRPC's metadata", { get: () => [TOKEN] }, {}],
    ["NATS's headers", { getHeaders: () => metadata }, {}],
    ["Kafka's headers", { getMessage: () => ({ headers: { authorization: TOKEN } }) }, {}],
    [
      "Kafka's bytes",
      { getMessage: () => ({ headers: { authorization: Buffer.from(TOKEN) } }) },
      {},
    ],
    [
      "RabbitMQ's properties",
      { getMessage: () => ({ properties: { headers: { authorization: TOKEN } } }) },
      {},
    ],
    [
      "MQTT 5's user properties",
      { getPacket: () => ({ properties: { userProperties: { authorization: TOKEN } } }) },
      {},
    ],
    ['the data of a message without metadata', {}, { authorization: TOKEN, item: 1 }],
  ])('reads the credentials from %s', (_, context, data) => {
    expect(messageAuthorization(context, data)).toBe(TOKEN);
  });

  it('prefers the metadata when the data has credentials too', () => {
    const context = { getHeaders: () => metadata };
    expect(messageAuthorization(context, { authorization: 'Bearer other' })).toBe(TOKEN);
  });

  it.each<[string, object, unknown]>([
    ['nothing', {}, undefined],
    ['data that is a string', {}, 'authorization'],
    ['an empty value', {}, { authorization: '' }],
    ['an inherited member', {}, Object.create({ authorization: TOKEN }) as object],
    ['two values', { get: () => [TOKEN, 'Bearer other'] }, {}],
    ['two values in the data', {}, { authorization: [TOKEN, TOKEN] }],
    ['an object', {}, { authorization: { toString: () => TOKEN } }],
    ['a malformed context', { getMessage: () => null, getPacket: () => 1 }, null],
  ])('finds no credentials in %s', (_, context, data) => {
    expect(messageAuthorization(context, data)).toBeUndefined();
  });
});
