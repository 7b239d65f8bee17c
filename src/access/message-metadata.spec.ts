import { describe, expect, it } from '@jest/globals';
import { messageAuthorization } from './message-metadata.js';

const TOKEN = 'Bearer abc';
const bag = new Map<string, unknown>([['authorization', TOKEN]]);

describe('messageAuthorization', () => {
  it.each<[string, object, unknown]>([
    ["gRPC's metadata", { get: () => [TOKEN] }, {}],
    ["NATS's headers", { getHeaders: () => bag }, {}],
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
    ['the data, where messages have no metadata', {}, { authorization: TOKEN, item: 1 }],
  ])('reads it from %s', (_, context, data) => {
    expect(messageAuthorization(context, data)).toBe(TOKEN);
  });

  it('takes the metadata and not the data where both have one', () => {
    const context = { getHeaders: () => bag };
    expect(messageAuthorization(context, { authorization: 'Bearer other' })).toBe(TOKEN);
  });

  it.each<[string, object, unknown]>([
    ['nothing', {}, undefined],
    ['a text for data', {}, 'authorization'],
    ['an empty one', {}, { authorization: '' }],
    ['an inherited one', {}, Object.create({ authorization: TOKEN }) as object],
    ['two of them', { get: () => [TOKEN, 'Bearer other'] }, {}],
    ['two of them in the data', {}, { authorization: [TOKEN, TOKEN] }],
    ['an object', {}, { authorization: { toString: () => TOKEN } }],
    ['a context of broken parts', { getMessage: () => null, getPacket: () => 1 }, null],
  ])('finds none in %s', (_, context, data) => {
    expect(messageAuthorization(context, data)).toBeUndefined();
  });
});
