import { FastifyAdapter } from '@nestjs/platform-fastify';
import { jsonOf } from '../../common/shared-answer.js';
import { bodyOf } from './read-body.js';
import { HeadedResponse } from './response-head.js';
import type { TlsOptions } from './tls-options.js';

/** The longest path that Node accepts: otherwise Fastify answers 414 in its own form (S-142). */
const MAX_PATH_PARAMETER_LENGTH = 16 * 1024;

const REPLIES = { ServerResponse: HeadedResponse };

export function createFastifyAdapter(tls: TlsOptions | undefined): FastifyAdapter {
  const adapter = new FastifyAdapter({
    routerOptions: { maxParamLength: MAX_PATH_PARAMETER_LENGTH },
    ...(tls ? { https: { ...tls, ...REPLIES } } : { http: REPLIES }),
  });
  const instance = adapter.getInstance();
  instance.setReplySerializer(jsonOf);
  instance.removeAllContentTypeParsers();
  // Called for every request that shows a body; the gate has read it.
  instance.addContentTypeParser('*', (request, _stream, done) => {
    done(null, bodyOf(request.raw));
  });
  return adapter;
}
