import { afterEach, describe, expect, it, jest } from '@jest/globals';
import bcrypt from 'bcrypt';
import { createHash, createHmac } from 'node:crypto';
import { hasherWith, PEPPER, watchBcrypt } from '../../../test/support/passwords.js';
import { keyId } from './key-derivation.js';

const OTHER_PEPPER = Buffer.alloc(32, 2);
const hasher = hasherWith();

afterEach(() => {
  jest.restoreAllMocks();
});

describe('BcryptPasswordHasher: the input of bcrypt', () => {
  it.each([1, 71, 72, 73, 255, 256, 1024])(
    'gives bcrypt 64 characters without NUL for a password of %d bytes (S-03)',
    async (length) => {
      const watch = watchBcrypt();
      const password = 'x'.repeat(length);
      const stored = await hasher.hash(password);
      expect(await hasher.verify(password, stored)).toMatchObject({ isCorrect: true });
      expect(watch.inputs()).toHaveLength(2);
      for (const input of watch.inputs()) expect(input).toMatch(/^[A-Za-z0-9+/]{64}$/);
    },
  );

  it.each([
    ['a\0b', 'a\0c'],
    ['\0', '\0\0'],
    ['a', 'a\0'],
    ['x'.repeat(72), 'x'.repeat(73)],
    [`${'x'.repeat(72)}a`, `${'x'.repeat(72)}b`],
    [`${'x'.repeat(254)}a`, `${'x'.repeat(254)}b`],
    [`${'x'.repeat(1023)}a`, `${'x'.repeat(1023)}b`],
    [`${'🦀'.repeat(63)}🦀`, `${'🦀'.repeat(63)}🦞`],
  ])(
    'distinguishes passwords that bcrypt alone would not (%#) (S-02, S-03)',
    async (one, other) => {
      const stored = await hasher.hash(one);
      expect(await hasher.verify(one, stored)).toMatchObject({ isCorrect: true });
      expect(await hasher.verify(other, stored)).toMatchObject({ isCorrect: false });
    },
  );

  it('passes only the password, keyed by the pepper (S-03, S-07)', async () => {
    const watch = watchBcrypt();
    await hasher.hash('correct horse');
    const keyed = createHmac('sha384', PEPPER).update('correct horse').digest('base64');
    expect(watch.inputs()).toEqual([keyed]);
    expect(keyed).not.toBe(createHash('sha384').update('correct horse').digest('base64'));
  });

  it('accepts both Unicode forms of a password, and no other spelling (S-11)', async () => {
    const stored = await hasher.hash('cafe\u0301 ');
    expect(await hasher.verify('caf\u00e9 ', stored)).toMatchObject({ isCorrect: true });
    for (const other of ['café', ' café ', 'CAFÉ ', 'cafe ', 'ｃafé ']) {
      expect(await hasher.verify(other, stored)).toMatchObject({ isCorrect: false });
    }
  });

  it('refuses more than 1,024 bytes without any hashing (S-04)', async () => {
    const stored = await hasher.hash('x');
    const watch = watchBcrypt();
    for (const password of ['x'.repeat(1025), 'é'.repeat(513), 'a\u0301\u0323'.repeat(300_000)]) {
      expect(await hasher.verify(password, stored)).toEqual({
        isCorrect: false,
        isOutdated: false,
      });
    }
    expect(watch.runs()).toBe(0);
  });
});

describe('BcryptPasswordHasher: the stored form', () => {
  it('contains scheme, pepper id and cost, with the prefix $2b$ (S-05, S-06)', async () => {
    const stored = await hasher.hash('x');
    expect(stored).toMatch(/^\$bcrypt-hmac-sha384\$[0-9a-f]{16}\$2b\$04\$[./A-Za-z0-9]{53}$/);
    expect(await hasherWith({ cost: 12 }).hash('x')).toContain('$2b$12$');
    expect(stored).toContain(keyId(PEPPER));
    expect(stored).not.toContain(PEPPER.toString('hex').slice(0, 16));
  });

  it('has a random salt, so that one password has two hashes', async () => {
    expect(await hasher.hash('x')).not.toBe(await hasher.hash('x'));
  });

  it('fits its column', async () => {
    expect((await hasherWith({ cost: 10 }).hash('x'.repeat(1024))).length).toBeLessThanOrEqual(200);
  });

  it.each([
    ['a lower cost', { cost: 5 }, true],
    ['another first pepper', { peppers: [OTHER_PEPPER, PEPPER] }, true],
    ['a further pepper', { peppers: [PEPPER, OTHER_PEPPER] }, false],
    ['the same parameters', {}, false],
  ])('calls a hash outdated after %s: %j %s (S-06)', async (_, options, isOutdated) => {
    const stored = await hasher.hash('x');
    expect(await hasherWith(options).verify('x', stored)).toEqual({ isCorrect: true, isOutdated });
    expect(await hasherWith(options).verify('y', stored)).toEqual({
      isCorrect: false,
      isOutdated: false,
    });
  });

  it('calls a hash of an older bcrypt outdated (S-06)', async () => {
    const stored = (await hasher.hash('x')).replace('$2b$', '$2a$');
    expect(await hasher.verify('x', stored)).toEqual({ isCorrect: true, isOutdated: true });
  });

  it('does not verify with a removed pepper or another scheme (S-06, S-07)', async () => {
    const stored = await hasher.hash('x');
    const keyed = createHmac('sha384', PEPPER).update('x').digest('base64');
    const foreign = [
      stored.replace('bcrypt-hmac-sha384', 'bcrypt'),
      stored.replace(keyId(PEPPER), 'unknown'),
      stored.slice(stored.indexOf('$2b$')),
      await bcrypt.hash(keyed, 4),
      `$bcrypt-hmac-sha384$$${await bcrypt.hash(keyed, 4)}`,
      `$bcrypt-hmac-sha384$__proto__${await bcrypt.hash(keyed, 4)}`,
      '',
      '$',
      '$bcrypt-hmac-sha384$',
      `$bcrypt-hmac-sha384$${keyId(PEPPER)}$`,
      'x',
    ];
    for (const each of foreign) {
      expect(await hasher.verify('x', each)).toEqual({ isCorrect: false, isOutdated: false });
    }
    expect(await hasherWith({ peppers: [OTHER_PEPPER] }).verify('x', stored)).toMatchObject({
      isCorrect: false,
    });
  });

  it('cannot be guessed without the pepper (S-07)', async () => {
    const stored = await hasher.hash('x');
    const hash = stored.slice(stored.indexOf('$2b$'));
    const guesses = [
      'x',
      createHash('sha384').update('x').digest('base64'),
      createHmac('sha384', '').update('x').digest('base64'),
      createHmac('sha384', keyId(PEPPER)).update('x').digest('base64'),
    ];
    expect(await Promise.all(guesses.map((guess) => bcrypt.compare(guess, hash)))).toEqual(
      guesses.map(() => false),
    );
  });

  it('does not start without a pepper (S-07)', () => {
    expect(() => hasherWith({ peppers: [] })).toThrow(/pepper/);
  });
});

describe('BcryptPasswordHasher: hashes of other systems', () => {
  const plain = (password: string | Buffer) => bcrypt.hash(password, 4);
  const as = (name: string, hash: string) => hash.replace('$2b$', `$${name}$`);

  it.each(['2a', '2b', '2y'])('checks $%s$ and calls it outdated (S-06)', async (name) => {
    const stored = as(name, await plain('pässword'));
    expect(hasher.accepts(stored)).toBe(true);
    expect(await hasher.verify('pässword', stored)).toEqual({ isCorrect: true, isOutdated: true });
    for (const other of ['', 'x', 'password', 'pässwort', 'pässword\0', 'pa\u0308ssword']) {
      expect(await hasher.verify(other, stored)).toEqual({ isCorrect: false, isOutdated: false });
    }
  });

  it('checks a known hash of PHP', async () => {
    // As crypt_blowfish makes it, which PHP uses.
    const stored = '$2y$07$BCryptRequires22Chrcte/VlQH0piJtjXl.0t1XkA8pw9dMXTpOq';
    expect(await hasher.verify('rasmuslerdorf', stored)).toEqual({
      isCorrect: true,
      isOutdated: true,
    });
    expect(await hasher.verify('Rasmuslerdorf', stored)).toMatchObject({ isCorrect: false });
  });

  it('gives bcrypt the first 72 bytes, as the other system did, and never a NUL (S-03)', async () => {
    const long = 'é'.repeat(40);
    const stored = await plain(long);
    const watch = watchBcrypt();
    expect(await hasher.verify(long, stored)).toMatchObject({ isCorrect: true });
    expect(await hasher.verify(`${'é'.repeat(36)}x`, stored)).toMatchObject({ isCorrect: true });
    expect(await hasher.verify(`${long}\0`, stored)).toMatchObject({ isCorrect: false });
    for (const input of watch.inputs()) {
      expect(Buffer.byteLength(input)).toBeLessThanOrEqual(72);
      expect(Buffer.from(input).includes(0)).toBe(false);
    }
  });

  it.each([
    '',
    'x',
    '$1$salt$qJH7.N4xYta3aEG/dfqo/0',
    '$argon2id$v=19$m=65536,t=3,p=4$c2FsdA$aGFzaA',
    '$2x$10$BCryptRequires22Chrcte/VlQH0piJtjXl.0t1XkA8pw9dMXTpOq',
    '$2b$03$BCryptRequires22Chrcte/VlQH0piJtjXl.0t1XkA8pw9dMXTpOq',
    '$2b$15$BCryptRequires22Chrcte/VlQH0piJtjXl.0t1XkA8pw9dMXTpOq',
    '$2b$31$BCryptRequires22Chrcte/VlQH0piJtjXl.0t1XkA8pw9dMXTpOq',
    '$2b$10$BCryptRequires22Chrcte/VlQH0piJtjXl.0t1XkA8pw9dMXTTO',
    ' $2b$10$BCryptRequires22Chrcte/VlQH0piJtjXl.0t1XkA8pw9dMXTpOq',
    '$bcrypt-hmac-sha384$0000000000000000$2b$10$BCryptRequires22Chrcte/VlQH0piJtjXl.0t1XkA8pw9dMXTpOq',
  ])('does not take %j: no bcrypt, or too much work', (stored) => {
    expect(hasher.accepts(stored)).toBe(false);
  });

  it('takes its own hashes, and foreign ones up to its own cost', async () => {
    const own = await hasher.hash('x');
    expect(hasher.accepts(own)).toBe(true);
    expect(hasher.accepts(own.replace(/\$\d\d\$(?=[^$]+$)/, () => '$31$'))).toBe(false);
    const costly = '$2b$15$BCryptRequires22Chrcte/VlQH0piJtjXl.0t1XkA8pw9dMXTpOq';
    expect(hasherWith({ cost: 15 }).accepts(costly)).toBe(true);
  });
});
