import { constants } from 'node:crypto';
import type { SecureContextOptions } from 'node:tls';

/** Certificate, key and the TLS versions and suites that are offered. */
export type TlsOptions = SecureContextOptions;

/** Certificate chain and private key, PEM. */
export interface CertificateFiles {
  readonly cert: Buffer;
  readonly key: Buffer;
}

/** TLS 1.2 and 1.3 with forward secrecy and authenticated encryption only (S-119). */
export function tlsOptions(files: CertificateFiles): TlsOptions {
  return {
    ...files,
    minVersion: 'TLSv1.2',
    // TLS 1.2 lets a client make the server repeat the expensive half of a handshake.
    secureOptions: constants.SSL_OP_NO_RENEGOTIATION,
    ciphers: [
      'TLS_AES_128_GCM_SHA256',
      'TLS_AES_256_GCM_SHA384',
      'TLS_CHACHA20_POLY1305_SHA256',
      'ECDHE-ECDSA-AES128-GCM-SHA256',
      'ECDHE-RSA-AES128-GCM-SHA256',
      'ECDHE-ECDSA-AES256-GCM-SHA384',
      'ECDHE-RSA-AES256-GCM-SHA384',
      'ECDHE-ECDSA-CHACHA20-POLY1305',
      'ECDHE-RSA-CHACHA20-POLY1305',
    ].join(':'),
  };
}
