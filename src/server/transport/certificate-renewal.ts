import { Logger } from '@nestjs/common';
import { X509Certificate } from 'node:crypto';
import { watchFile } from 'node:fs';
import type { Server } from 'node:tls';
import { messageOf } from '../../common/errors/message-of.js';
import { tlsOptions, type CertificateFiles } from './tls-options.js';

const POLL_MS = 2_000;
/** Certificate and key are rarely written at the same instant. */
const SETTLED_MS = 500;

/**
 * Takes a renewed certificate without a restart: soon after one of its files has changed, and at once on SIGHUP. A pair
 * that cannot be used changes nothing.
 */
export class CertificateRenewal {
  private readonly logger = new Logger('TLS');
  private pending: NodeJS.Timeout | undefined;
  /** The last fault that was logged, until it is mended or somebody asks again. */
  private fault = '';

  /** @param read reads certificate and key, and throws if they cannot be used */
  constructor(
    private readonly server: Server,
    private inUse: CertificateFiles,
    private readonly read: () => CertificateFiles,
  ) {}

  /** Polls, because no event tells of a file behind a renewed symbolic link, or on every file system. */
  watch(files: readonly string[]): void {
    for (const file of files) {
      watchFile(file, { persistent: false, interval: POLL_MS }, () => {
        clearTimeout(this.pending);
        this.pending = setTimeout(() => this.renew(), SETTLED_MS).unref();
      });
    }
    process.on('SIGHUP', () => {
      this.fault = '';
      this.renew();
    });
    // They may have changed since they were read at the start.
    this.renew();
  }

  private renew(): void {
    try {
      const files = this.read();
      this.fault = '';
      if (isSame(files, this.inUse)) return;
      this.server.setSecureContext(tlsOptions(files));
      this.inUse = files;
      const { validTo } = new X509Certificate(files.cert);
      this.logger.log(
        `New connections get the renewed certificate, which is valid until ${validTo}`,
      );
    } catch (error) {
      const fault = messageOf(error);
      if (fault !== this.fault) this.logger.error(`The certificate in use stays: ${fault}`);
      this.fault = fault;
    }
  }
}

function isSame(one: CertificateFiles, other: CertificateFiles): boolean {
  return one.cert.equals(other.cert) && one.key.equals(other.key);
}
