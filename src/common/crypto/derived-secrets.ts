import { deriveKey, type KeyLabel } from './key-derivation.js';

/** Secrets as configured. The first of each list makes new values; verification accepts all. */
export interface RawSecrets {
  /** Secrets from which every key is derived; may be empty if the three others are set. */
  readonly root: readonly string[];
  readonly accessToken: readonly string[];
  readonly refreshToken: readonly string[];
  readonly passwordPepper: readonly string[];
}

/** Key material for each use. The first key of each list makes new values; verification accepts all. */
export interface Secrets {
  readonly accessToken: readonly Uint8Array[];
  readonly refreshToken: readonly Uint8Array[];
  readonly passwordPepper: readonly Uint8Array[];
  readonly apiKeySecret: readonly Uint8Array[];
  readonly auditSeal: readonly Uint8Array[];
  readonly cursor: readonly Uint8Array[];
  readonly oneTimeLink: readonly Uint8Array[];
  readonly signInNetwork: readonly Uint8Array[];
  readonly throttling: readonly Uint8Array[];
  readonly webhookSecret: readonly Uint8Array[];
}

/**
 * Derives every key from one secret, each under its own label. An override comes first, and derived keys stay valid,
 * so that setting an override ends no session (S-201).
 */
export function deriveSecrets(raw: RawSecrets): Secrets {
  const keys = (overrides: readonly string[], label: KeyLabel) => [
    ...overrides.map((secret) => Buffer.from(secret)),
    ...raw.root.map((secret) => deriveKey(secret, label)),
  ];
  // Without a root secret these keys derive from the refresh token's: short-lived uses have no setting of their own.
  const base = raw.root.length > 0 ? raw.root : raw.refreshToken;
  const derived = (label: KeyLabel) => base.map((secret) => deriveKey(secret, label));
  return {
    accessToken: keys(raw.accessToken, 'access token'),
    refreshToken: keys(raw.refreshToken, 'refresh token'),
    passwordPepper: keys(raw.passwordPepper, 'password pepper'),
    apiKeySecret: derived('api key secret'),
    auditSeal: derived('audit seal'),
    cursor: derived('cursor'),
    oneTimeLink: derived('one-time link'),
    signInNetwork: derived('sign-in network'),
    throttling: derived('throttling'),
    // Decrypts what was encrypted before there was a root secret, too.
    webhookSecret: [...raw.root, ...raw.refreshToken].map((secret) =>
      deriveKey(secret, 'webhook secret'),
    ),
  };
}
