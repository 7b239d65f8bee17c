import { readFileSync } from 'node:fs';
import type { DatabaseOptions } from './database-options.js';
import type { ServerAddress } from './engines/server-url.js';

type Setting = DatabaseOptions['tls'];

/** Whether the connection to that server is encrypted. */
export function usesTls(setting: Setting, { host, socketPath, tls }: ServerAddress): boolean {
  if (setting !== 'auto') return setting === 'on';
  return tls ?? (socketPath === undefined && !['localhost', '127.0.0.1', '::1'].includes(host));
}

/** Whether DATABASE_TLS says the opposite of the URL. */
export function contradictsUrl(setting: Setting, { tls }: Pick<ServerAddress, 'tls'>): boolean {
  return setting !== 'auto' && tls !== undefined && tls !== (setting === 'on');
}

export function tlsOptions({ caFile }: Pick<DatabaseOptions, 'caFile'>) {
  return {
    rejectUnauthorized: true,
    minVersion: 'TLSv1.2' as const,
    ...(caFile === undefined ? {} : { ca: readFileSync(caFile, 'utf8') }),
  };
}
