import { afterAll, afterEach, describe, expect, it, jest } from '@jest/globals';
import { readFileSync } from 'node:fs';
import type { Server } from 'node:tls';
import { createCertificate } from '../../../test/support/certificate.js';
import { disposeAll } from '../../../test/support/cleanup.js';
import { CertificateRenewal } from './certificate-renewal.js';
import type { CertificateFiles } from './tls-options.js';

const pair = async (): Promise<CertificateFiles> => {
  const { certFile, keyFile } = await createCertificate();
  return { cert: readFileSync(certFile), key: readFileSync(keyFile) };
};

/** A renewal without files to poll, and the pairs that its server was given. */
function renewalOf(inUse: CertificateFiles, read: () => CertificateFiles) {
  const setSecureContext = jest.fn();
  const server = { setSecureContext } as unknown as Server;
  new CertificateRenewal(server, inUse, read).watch([]);
  return { setSecureContext, hangUp: () => process.emit('SIGHUP') };
}

describe('CertificateRenewal', () => {
  afterAll(disposeAll);
  afterEach(() => void process.removeAllListeners('SIGHUP'));

  it('takes a renewed pair at once on SIGHUP, and only then', async () => {
    const [first, second] = [await pair(), await pair()];
    let files = first;
    const { setSecureContext, hangUp } = renewalOf(first, () => files);
    files = second;
    expect(setSecureContext).not.toHaveBeenCalled();
    hangUp();
    hangUp();
    expect(setSecureContext).toHaveBeenCalledTimes(1);
    expect(setSecureContext).toHaveBeenCalledWith(expect.objectContaining({ cert: second.cert }));
  });

  it('keeps the pair in use while the files cannot be read', async () => {
    const { setSecureContext, hangUp } = renewalOf(await pair(), () => {
      throw new Error('half a file');
    });
    hangUp();
    expect(setSecureContext).not.toHaveBeenCalled();
  });
});
