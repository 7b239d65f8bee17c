import { describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { CursorCodec } from './cursor-codec.js';

const [first, second] = [Buffer.alloc(32, 1), Buffer.alloc(32, 2)];
const LIST = ['users', 'account-1'];

describe('CursorCodec', () => {
  const codec = new CursorCodec([first]);
  const position = { createdAt: Date.UTC(2026, 0, 1) + 7, id: randomUUID() };
  const cursor = codec.encode(position, LIST);

  it('decodes the position that it encoded', () => {
    expect(codec.decode(cursor, LIST)).toEqual(position);
    const system = { createdAt: 0, id: '00000000-0000-8000-8000-00000000000f' };
    expect(codec.decode(codec.encode(system, LIST), LIST)).toEqual(system);
  });

  it.each([
    [['users', 'account-2']],
    [['api keys', 'account-1']],
    [['users']],
    [['users', 'account-1', '']],
    [['usersaccount-1']],
    [[]],
  ])('refuses the cursor for the list %j (S-199)', (list) => {
    expect(codec.decode(cursor, list)).toBeUndefined();
  });

  it('refuses a cursor with any character changed, added or left out (S-199)', () => {
    for (let at = 0; at < cursor.length; at++) {
      const other = cursor[at] === 'A' ? 'B' : 'A';
      const changed = cursor.slice(0, at) + other + cursor.slice(at + 1);
      const isOnlyPadding = Buffer.from(changed, 'base64url').equals(
        Buffer.from(cursor, 'base64url'),
      );
      if (!isOnlyPadding) expect(codec.decode(changed, LIST)).toBeUndefined();
    }
    for (const text of ['', cursor.slice(1), `${cursor}A`, ` ${cursor}`, `${cursor}=`]) {
      expect(codec.decode(text, LIST)).toBeUndefined();
    }
  });

  it('accepts cursors of a key that is being rotated out, and none of a removed key (S-201)', () => {
    expect(new CursorCodec([second, first]).decode(cursor, LIST)).toEqual(position);
    expect(new CursorCodec([second]).decode(cursor, LIST)).toBeUndefined();
    const made = new CursorCodec([second, first]).encode(position, LIST);
    expect(new CursorCodec([second]).decode(made, LIST)).toEqual(position);
  });

  it('requires a key', () => {
    expect(() => new CursorCodec([])).toThrow(/key/);
  });
});
