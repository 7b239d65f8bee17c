import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { generate } from 'selfsigned';
import { temporaryDirectory } from './cleanup.js';

export interface TestCertificate {
  readonly certFile: string;
  readonly keyFile: string;
  /** The certificate itself (PEM), for a client's option `ca`. */
  readonly cert: string;
}

/** A self-signed certificate for localhost and 127.0.0.1. */
export async function createCertificate(): Promise<TestCertificate> {
  const pair = await generate([{ name: 'commonName', value: 'localhost' }], {
    keyType: 'ec',
    algorithm: 'sha256',
    extensions: [
      { name: 'basicConstraints', cA: true, critical: true },
      {
        name: 'subjectAltName',
        altNames: [
          { type: 2, value: 'localhost' },
          { type: 7, ip: '127.0.0.1' },
        ],
      },
    ],
  });
  const directory = temporaryDirectory('certificate');
  const certFile = join(directory, 'cert.pem');
  const keyFile = join(directory, 'key.pem');
  writeFileSync(certFile, pair.cert);
  writeFileSync(keyFile, pair.private, { mode: 0o600 });
  return { certFile, keyFile, cert: pair.cert };
}
