import { FastifyAdapter } from '@nestjs/platform-fastify';
import { jsonOf } from '../../common/shared-answer.js';
import { MAX_BODY_BYTES, parseRequestBody } from './request-body.js';
import { HeadedResponse } from './response-head.js';
import type { TlsOptions } from './tls-options.js';

/** The longest path that Node accepts: otherwise Fastify answers 414 in its own form (S-142). */
const MAX_PATH_PARAMETER_LENGTH = 16 * 1024;

const REPLIES = { ServerResponse: HeadedResponse };

export function createFastifyAdapter(tls: TlsOptions | undefined): FastifyAdapter {
  const adapter = new FastifyAdapter({
    bodyLimit: MAX_BODY_BYTES,
    routerOptions: { maxParamLength: MAX_PATH_PARAMETER_LENGTH },
    ...(tls ? { https: { ...tls, ...REPLIES } } : { http: REPLIES }),
  });
  const instance = adapter.getInstance();
  instance.setReplySerializer(jsonOf);
  instance.removeAllContentTypeParsers();
  // One parser for every type, so that Fastify's own parsing of the header decides nothing.
  instance.addContentTypeParser('*', { parseAs: 'buffer' }, (request, body, done) => {
    try {
      done(null, parseRequestBody(request.raw, body as Buffer));
    } catch (error) {
      done(error as Error);
    }
  });
  return adapter;
}
