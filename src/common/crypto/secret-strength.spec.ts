import { describe, expect, it } from '@jest/globals';
import { generateKeyPairSync, randomBytes, randomUUID } from 'node:crypto';
import { secretFault } from './secret-strength.js';

const ENCODINGS = ['hex', 'base64', 'base64url'] as const;
const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

function base32(bytes: Buffer): string {
  const bits = [...bytes].map((byte) => byte.toString(2).padStart(8, '0')).join('');
  const groups = bits.match(/.{1,5}/g) ?? [];
  const text = groups.map((group) => BASE32[Number.parseInt(group.padEnd(5, '0'), 2)]).join('');
  return text.padEnd(Math.ceil(text.length / 8) * 8, '=');
}

/** Keys in every format, and in the forms that they can take in a setting. */
function keyMaterial(): [string, string][] {
  const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const ed = generateKeyPairSync('ed25519');
  const pairs = { ec, rsa, ed };
  return Object.entries(pairs).flatMap(([name, { publicKey, privateKey }]) => {
    const forms = {
      'public PEM': publicKey.export({ type: 'spki', format: 'pem' }).toString(),
      'private PEM': privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    };
    const der = {
      'public DER': publicKey.export({ type: 'spki', format: 'der' }),
      'private DER': privateKey.export({ type: 'pkcs8', format: 'der' }),
    };
    const jwk = JSON.stringify(publicKey.export({ format: 'jwk' }));
    const ofPem = Object.entries(forms).flatMap(([form, pem]): [string, string][] => [
      [`${name} ${form}`, pem],
      [`${name} ${form} in one line`, pem.replaceAll('\n', '')],
      [`${name} ${form} with \\n`, pem.trim().replaceAll('\n', String.raw`\n`)],
      [`${name} ${form} without line ends, and blanks`, pem.replaceAll(/\s/g, '')],
      [`${name} ${form} in base64`, Buffer.from(pem).toString('base64')],
      [`${name} ${form} in base64url`, Buffer.from(pem).toString('base64url')],
      [`${name} ${form} in hex`, Buffer.from(pem).toString('hex')],
      [`${name} ${form} twice in base64`, twice(pem)],
      [`${name} ${form} percent-encoded`, encodeURIComponent(pem)],
    ]);
    const ofDer = Object.entries(der).flatMap(([form, bytes]) =>
      ENCODINGS.map((encoding): [string, string] => [
        `${name} ${form} in ${encoding}`,
        bytes.toString(encoding),
      ]),
    );
    const ofJwk: [string, string][] = [
      [`${name} JWK`, jwk],
      [`${name} JWK in base64url`, Buffer.from(jwk).toString('base64url')],
      [`${name} JWK percent-encoded`, encodeURIComponent(jwk)],
    ];
    return ofPem.concat(ofDer, ofJwk);
  });
}

function twice(text: string): string {
  return Buffer.from(Buffer.from(text).toString('base64')).toString('base64');
}

describe('secretFault', () => {
  it.each([16, 24, 31, 32, 33, 48, 64, 128])(
    'counts %d random bytes in full, whatever their encoding (S-68)',
    (bytes) => {
      for (let tries = 0; tries < 20; tries++) {
        const random = randomBytes(bytes);
        const hex = random.toString('hex');
        const written = [
          ...ENCODINGS.map((encoding) => random.toString(encoding)),
          hex.toUpperCase(),
          `0x${hex}`,
          hex.match(/../g)?.join(':') ?? '',
          hex.match(/../g)?.join('-') ?? '',
          base32(random),
          base32(random).replaceAll('=', ''),
          encodeURIComponent(random.toString('base64')),
          Buffer.from(hex).toString('base64'),
          Buffer.from(`${random.toString('base64')}\n`).toString('base64'),
        ];
        const taken = written.filter((text) => secretFault(text) === undefined);
        expect([bytes, taken]).toEqual([bytes, bytes >= 32 ? written : []]);
      }
    },
  );

  it('accepts values of password generators from 256 bits on (S-68)', () => {
    const alphabets = [
      ['0123456789', 78],
      ['abcdefghijklmnopqrstuvwxyz', 55],
      ['abcdefghijklmnopqrstuvwxyz0123456789', 50],
      ['ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789', 43],
      [
        'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789!#$%&()*+-./:;<=>?@[]^_{|}~',
        43,
      ],
    ] as const;
    for (const [alphabet, length] of alphabets) {
      const text = (size: number) =>
        [...randomBytes(size)].map((byte) => alphabet[byte % alphabet.length]).join('');
      expect(secretFault(`k${text(length + 3)}`)).toBeUndefined();
      expect(secretFault(text(Math.floor(length * 0.9)))).toMatch(/^must/);
    }
  });

  it.each(['%E9', '%0a', '%00%ff', '{', '[', '"', '%'])(
    'accepts a generated value with %j in it (S-68)',
    (piece) => {
      const random = randomBytes(33).toString('base64url');
      expect(secretFault(`${piece}${random}`)).toBeUndefined();
      expect(secretFault(`q${random}${piece}x`)).toBeUndefined();
    },
  );

  it.each(keyMaterial())('refuses key material: %s (S-68)', (_, text) => {
    expect(secretFault(text)).toMatch(/^must/);
  });

  it.each([
    ['an OpenSSH public key', `ssh-ed25519 ${openSsh('ssh-ed25519')} ada@example`],
    ['its blob', openSsh('ssh-ed25519')],
    ['its blob on one line', `ssh-rsa${openSsh('ssh-rsa')}`],
    ['an OpenSSH private key', Buffer.from(`openssh-key-v1\0${'x'.repeat(40)}`).toString('base64')],
    ['a certificate', `-----BEGINCERTIFICATE-----${randomBytes(300).toString('base64')}`],
    [
      'an access token',
      `eyJhbGciOiJIUzI1NiJ9.${randomBytes(90).toString('base64url')}.${randomBytes(32).toString('base64url')}`,
    ],
    ['JSON', `{"k":"${randomBytes(48).toString('base64')}"}`],
    ['an age key', `AGE-SECRET-KEY-1${randomBytes(40).toString('hex').toUpperCase()}`],
  ])('refuses %s (S-68)', (_, text) => {
    expect(secretFault(text)).toMatch(/^must/);
  });

  const good = randomBytes(48).toString('base64url');
  const hex32 = randomBytes(16).toString('hex');
  it.each([
    ['nothing', ''],
    ['a blank', ' '],
    ['a short word', 'hunter2'],
    ['a blank inside', `${good.slice(0, 20)} ${good.slice(20)}`],
    ['a line end', `${good}\n`],
    ['a line end inside', `${good}\n${good}`],
    ['a tab', `${good}\t`],
    ['a no-break space', `${good}\u00a0`],
    ['letters beyond ASCII', `${good}ключ`],
    ['a NUL', `${good}\0`],
    ['one letter', 'a'.repeat(100)],
    ['two letters', 'ab'.repeat(50)],
    ['a period of three', 'abc'.repeat(40)],
    ['a period of 16 bytes', hex32.repeat(4)],
    ['a period of 16 bytes in base64', Buffer.from(hex32.repeat(4), 'hex').toString('base64')],
    ['a period and a rest', `${hex32.repeat(3)}${hex32.slice(0, 9)}`],
    ['a random half and its copy', hex32 + hex32],
    ['a random half and zeros', hex32 + '0'.repeat(40)],
    ['padding', `${randomBytes(31).toString('base64')}======`],
    ['digits', '0123456789'.repeat(10)],
    ['a sequence', 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'],
    ['a sequence backwards', 'zyxwvutsrqponmlkjihgfedcbaZYXWVUTSRQPONMLKJIHGFEDCBA9876543210'],
    ['bytes in sequence', Buffer.from(Array.from({ length: 32 }, (_, n) => n)).toString('hex')],
    [
      'bytes in sequence, base64',
      Buffer.from(Array.from({ length: 48 }, (_, n) => n)).toString('base64'),
    ],
    ['00 11 22', '00112233445566778899aabbccddeeff'.repeat(2)],
    ['zero bytes', Buffer.alloc(48).toString('base64')],
    ['one UUID', randomUUID()],
    ['two UUIDs', `${randomUUID()}${randomUUID()}`],
    ['two UUIDs and a sign', `${randomUUID()}_${randomUUID()}`],
    [
      'UUIDs of time',
      '0190f3a0-7c1e-7000-8000-0123456789ac'.repeat(1) + '0190f3a1-8d2f-7abc-9def-abcdef012346',
    ],
    ['words', 'three-grey-geese-in-a-green-field-grazing-near-gladys'],
    ['words without a space', 'ThreeGreyGeeseInAGreenFieldGrazingNearGladysAndHerDog'],
    ['encoded words', Buffer.from('three grey geese in a green field grazing').toString('base64')],
    [
      'encoded words without a space',
      Buffer.from('three-grey-geese-in-a-green-field').toString('hex'),
    ],
    ['a sample', 'changeme-changeme-changeme-changeme-changeme'],
    ['another sample', 'your-256-bit-secret-your-256-bit-secret-xyz'],
    ['a command', '$(openssl rand -base64 48)'],
    ['a reference', '${GATEHOUSE_SECRET}'],
    ['the key of RFC 7520', ['hJtXIZ2uSN5kbQfbtTNWb', 'pdmhkV8FJG-Onbc6mxCcYg'].join('')],
    ['dead beef', 'deadbeef'.repeat(8)],
  ])('refuses %s and does not repeat it (S-68, S-154)', (_, value) => {
    const fault = secretFault(value);
    expect(fault).toMatch(/^must/);
    if (value.trim().length > 5) expect(fault).not.toContain(value);
  });

  it('accepts three UUIDs, and a strong value written twice (S-68)', () => {
    expect(secretFault(`${randomUUID()}-${randomUUID()}-${randomUUID()}`)).toBeUndefined();
    expect(secretFault(good + good)).toBeUndefined();
  });

  it.each([undefined, null, 7, {}, ['x'], randomBytes(48)])(
    'refuses %p, which a host in JavaScript may pass (S-154)',
    (value) => {
      expect(secretFault(value)).toBe('must be text');
    },
  );

  it('refuses an overlong value before it analyses it (S-140)', () => {
    expect(secretFault('%41'.repeat(1_000_000))).toBe('must have at most 1024 characters');
    expect(secretFault(randomBytes(512).toString('hex'))).toBeUndefined();
  });
});

function openSsh(type: string): string {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(type.length);
  return Buffer.concat([length, Buffer.from(type), randomBytes(60)]).toString('base64');
}
