import { deriveKey, type KeyLabel } from './key-derivation.js';

/** Secrets as they were set; of each list the first makes, all check. */
export interface RawSecrets {
  /** From which every key is derived; may be empty where the three others are set. */
  readonly root: readonly string[];
  readonly accessToken: readonly string[];
  readonly refreshToken: readonly string[];
  readonly passwordPepper: readonly string[];
}

/** Key material by use; the first of each makes, all check. */
export interface Secrets {
  readonly accessToken: readonly Uint8Array[];
  readonly refreshToken: readonly Uint8Array[];
  readonly passwordPepper: readonly Uint8Array[];
  readonly apiKeySecret: readonly Uint8Array[];
  readonly cursor: readonly Uint8Array[];
}

/**
 * Derives every key from one secret, each under its own label; an override goes first, and what was derived
 * still checks, so that setting one logs nobody out (S-201).
 */
export function deriveSecrets(raw: RawSecrets): Secrets {
  const keys = (overrides: readonly string[], label: KeyLabel) => [
    ...overrides.map((secret) => Buffer.from(secret)),
    ...raw.root.map((secret) => deriveKey(secret, label)),
  ];
  // With all three overrides there need be no root, and these short-lived uses need no setting of their own.
  const base = raw.root.length > 0 ? raw.root : raw.refreshToken;
  const derived = (label: KeyLabel) => base.map((secret) => deriveKey(secret, label));
  return {
    accessToken: keys(raw.accessToken, 'access token'),
    refreshToken: keys(raw.refreshToken, 'refresh token'),
    passwordPepper: keys(raw.passwordPepper, 'password pepper'),
    apiKeySecret: derived('api key secret'),
    cursor: derived('cursor'),
  };
}
