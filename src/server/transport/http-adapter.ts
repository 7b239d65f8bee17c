import type { AbstractHttpAdapter } from '@nestjs/core';
import type { TlsOptions } from './tls-options.js';

/**
 * Creates the HTTP adapter, with Gatehouse's body parser and, as far as possible, the same routing rules for both
 * frameworks. Only the selected one is loaded: the other would cost start-up time and 20 MB.
 */
export async function createHttpAdapter(
  kind: 'fastify' | 'express',
  tls: TlsOptions | undefined,
): Promise<AbstractHttpAdapter> {
  if (kind === 'express') {
    const { createExpressAdapter } = await import('./express-adapter.js');
    return createExpressAdapter();
  }
  const { createFastifyAdapter } = await import('./fastify-adapter.js');
  return createFastifyAdapter(tls);
}
