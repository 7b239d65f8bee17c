import { afterAll, describe, expect, it } from '@jest/globals';
import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Mail } from '../../mail/mailer.js';
import { hasDevOutbox, KeptLetters } from './kept-letters.js';

const root = mkdtempSync(join(tmpdir(), 'gatehouse-outbox-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const letter = (number: number): Mail => ({
  kind: 'address_in_use',
  messageId: `<${number}@localhost>`,
  date: new Date(1_700_000_000_000 + number),
  to: 'ada@example.com',
  subject: `Letter ${number}`,
  text: 't',
  html: 'h',
  link: undefined,
  language: 'en',
});

describe('KeptLetters', () => {
  it('keep the newest 100, for this user only and beyond a restart (S-158)', async () => {
    const folder = join(root, 'data');
    const letters = new KeptLetters(folder);
    for (let number = 1; number <= 103; number++) await letters.send(letter(number));
    const kept = await new KeptLetters(folder).list();
    expect(kept.map(({ subject }) => subject)).toEqual(
      Array.from({ length: 100 }, (_, index) => `Letter ${103 - index}`),
    );
    const files = readdirSync(join(folder, 'outbox'));
    expect(files).toHaveLength(100);
    for (const file of files) expect(statSync(join(folder, 'outbox', file)).mode & 0o077).toBe(0);
    expect(statSync(join(folder, 'outbox')).mode & 0o077).toBe(0);
  });

  it('keep a letter once that comes again, and pass it on each time', async () => {
    const passed: string[] = [];
    const server = {
      send: ({ messageId }: Mail) => Promise.resolve(void passed.push(messageId)),
      close: () => undefined,
    };
    const letters = new KeptLetters(join(root, 'twice'), server);
    for (let times = 0; times < 2; times++) await letters.send(letter(1));
    expect(await letters.list()).toHaveLength(1);
    expect(passed).toEqual(['<1@localhost>', '<1@localhost>']);
  });

  it.each(['../data/outbox/x', '..%2Fx', '', 'x'.repeat(30), '1700000000001-0123456789abcdef'])(
    'find no letter under the id %j',
    async (id) => expect(await new KeptLetters(join(root, 'data')).find(id)).toBeUndefined(),
  );

  it('fail with the reason where the folder is a file', async () => {
    const folder = join(root, 'file');
    writeFileSync(folder, '');
    await expect(new KeptLetters(folder).send(letter(1))).rejects.toThrow(
      'DATA_DIR/outbox lies below another file',
    );
  });

  it('are there in development only', () => {
    const names = ['development', 'test', 'production'] as const;
    expect(names.filter((NODE_ENV) => hasDevOutbox({ NODE_ENV }))).toEqual(['development']);
  });
});
