import type { AbstractHttpAdapter } from '@nestjs/core';
import type { TlsOptions } from './tls-options.js';

/**
 * The HTTP framework with our body parser and, as far as they can be, the same routing rules. Only the
 * one that is used gets loaded: the other would cost start-up time and 20 MB for nothing.
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
