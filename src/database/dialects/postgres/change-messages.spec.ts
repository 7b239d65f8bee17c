import { describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import type { ChangedRows } from '../../../common/cache-invalidation.js';
import { messageText, parseMessage, PendingChanges } from './change-messages.js';

const ids = (count: number) => Array.from({ length: count }, () => randomUUID());

/** The messages that these changes become. */
function messagesFor(...changes: ChangedRows[]) {
  const pending = new PendingChanges('instance-1');
  for (const rows of changes) pending.add(rows);
  const texts = pending.take();
  expect(pending.take()).toEqual([]);
  return texts;
}

const rowsIn = (texts: readonly string[]) => texts.flatMap((text) => parseMessage(text).rows);

describe('messages about changed rows', () => {
  it('name each row once, and the sender', () => {
    const texts = messagesFor(['a', 'b'], ['b', 'c']);
    expect(texts.map(parseMessage)).toEqual([{ from: 'instance-1', rows: ['a', 'b', 'c'] }]);
  });

  it('are none if nothing has changed', () => {
    expect(messagesFor([])).toEqual([]);
  });

  it.each([
    ['any row may have changed', [['a'], undefined, ['b']]],
    ['very many rows have changed', [ids(1_001)]],
  ])('mean every row if %s', (_, changes) => {
    expect(messagesFor(...changes).map(parseMessage)).toEqual([
      { from: 'instance-1', rows: undefined },
    ]);
  });

  it("stay below PostgreSQL's limit of 8,000 bytes", () => {
    const longest = Array.from({ length: 1_000 }, (_, index) =>
      String.fromCharCode(index % 32, 1 + index / 32).padEnd(36, '\0'),
    );
    for (const rows of [ids(1_000), longest]) {
      const texts = messagesFor(rows);
      expect(Math.max(...texts.map((text) => Buffer.byteLength(text)))).toBeLessThan(8_000);
      expect(rowsIn(texts)).toEqual(rows);
    }
  });

  it('omit a text that is too long to be an id, and not the rows beside it', () => {
    expect(rowsIn(messagesFor(['a', 'x'.repeat(10_000), 'b']))).toEqual(['a', 'b']);
  });
});

describe('a message from the database', () => {
  it('is read as it was written', () => {
    expect(parseMessage(messageText('x', ['a']))).toEqual({ from: 'x', rows: ['a'] });
    expect(parseMessage(messageText('x', undefined))).toEqual({ from: 'x', rows: undefined });
  });

  it.each([
    undefined,
    '',
    'rubbish',
    'null',
    '7',
    '[]',
    '{}',
    '{"rows":["a"]}',
    '{"from":7,"rows":["a"]}',
    '{"from":"x","rows":null}',
    '{"from":"x","rows":"a"}',
    '{"from":"x","rows":[7]}',
    '{"from":"x","rows":{"length":1}}',
    `{"from":"x","rows":${'['.repeat(7_000)}`,
  ])('means every row if it is malformed: %s', (text) => {
    expect(parseMessage(text)).toEqual({ rows: undefined });
  });
});
