import { Inject, Injectable } from '@nestjs/common';
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { keyId } from '../common/crypto/key-derivation.js';
import { WEBHOOKS_OPTIONS, type WebhooksOptions } from './webhooks-options.js';

const ALGORITHM = 'aes-256-gcm';
const SECRET_BYTES = 32;
const IV_BYTES = 12;
const TAG_BYTES = 16;
const PREFIX = 'whsec_';

/**
 * Encrypts signing secrets, which must be known again to sign. The database alone does not reveal them: the key comes
 * from the server's secret, and a ciphertext is valid only in the row of its webhook.
 */
@Injectable()
export class SigningSecrets {
  private readonly keys: ReadonlyMap<string, Uint8Array>;
  private readonly currentId: string;

  constructor(@Inject(WEBHOOKS_OPTIONS) { secretKeys }: WebhooksOptions) {
    this.keys = new Map(secretKeys.map((key) => [keyId(key), key]));
    const [currentId] = this.keys.keys();
    if (currentId === undefined) throw new Error('at least one key for webhooks is needed');
    this.currentId = currentId;
  }

  /** What every secret that is encrypted under the present key begins with. */
  get currentPrefix(): string {
    return `${this.currentId}.`;
  }

  /** A secret of 256 random bits, in the form of Standard Webhooks. */
  create(): string {
    return PREFIX + randomBytes(SECRET_BYTES).toString('base64');
  }

  seal(secret: string, webhookId: string): string {
    const iv = randomBytes(IV_BYTES);
    const cipher = createCipheriv(ALGORITHM, this.keys.get(this.currentId) as Uint8Array, iv);
    cipher.setAAD(Buffer.from(webhookId));
    const text = Buffer.concat([cipher.update(bytesOf(secret)), cipher.final()]);
    const sealed = Buffer.concat([iv, text, cipher.getAuthTag()]).toString('base64url');
    return this.currentPrefix + sealed;
  }

  /** @returns `undefined` if the key is no longer set, or the text is not one that {@link seal} made for the webhook */
  open(sealed: string, webhookId: string): string | undefined {
    const [id = '', text = ''] = sealed.split('.');
    const key = this.keys.get(id);
    const bytes = Buffer.from(text, 'base64url');
    if (!key || bytes.length !== IV_BYTES + SECRET_BYTES + TAG_BYTES) return undefined;
    const decipher = createDecipheriv(ALGORITHM, key, bytes.subarray(0, IV_BYTES));
    decipher.setAAD(Buffer.from(webhookId));
    decipher.setAuthTag(bytes.subarray(-TAG_BYTES));
    try {
      const secret = decipher.update(bytes.subarray(IV_BYTES, -TAG_BYTES));
      return PREFIX + Buffer.concat([secret, decipher.final()]).toString('base64');
    } catch {
      return undefined;
    }
  }
}

/** The bytes of a secret in the form of Standard Webhooks. */
export function bytesOf(secret: string): Buffer {
  return Buffer.from(secret.slice(PREFIX.length), 'base64');
}
