import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import express, { type NextFunction, type Request, type Response } from 'express';
import type { AbstractHttpAdapter } from '@nestjs/core';
import type { SecureContextOptions } from 'node:tls';
import { bodyTooLarge, MAX_BODY_BYTES, parseRequestBody } from './request-body.js';

/** Certificate, key and the TLS versions and suites that are offered. */
export type TlsOptions = SecureContextOptions;

const MAX_PATH_PARAMETER_LENGTH = 200;

/** TLS 1.2 and 1.3 with forward secrecy and authenticated encryption only (S-119). */
export function tlsOptions(files: { cert: Buffer; key: Buffer }): TlsOptions {
  return {
    ...files,
    minVersion: 'TLSv1.2',
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

/**
 * The HTTP framework with our body parser and, as far as they can be, the same routing rules.
 * Express takes its TLS options from `NestFactory.create`, Fastify at its making.
 */
export function createHttpAdapter(
  kind: 'fastify' | 'express',
  tls: TlsOptions | undefined,
): AbstractHttpAdapter {
  return kind === 'fastify' ? createFastify(tls) : createExpress();
}

function createFastify(tls: TlsOptions | undefined): FastifyAdapter {
  const adapter = new FastifyAdapter({
    bodyLimit: MAX_BODY_BYTES,
    routerOptions: { maxParamLength: MAX_PATH_PARAMETER_LENGTH },
    ...(tls ? { https: tls } : {}),
  });
  const instance = adapter.getInstance();
  instance.removeAllContentTypeParsers();
  // One parser for every type, so that Fastify's own reading of the header decides nothing.
  instance.addContentTypeParser('*', { parseAs: 'buffer' }, (request, body, done) => {
    try {
      done(null, parseRequestBody(request.raw, body as Buffer));
    } catch (error) {
      done(error as Error);
    }
  });
  return adapter;
}

function createExpress(): ExpressAdapter {
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.enable('case sensitive routing');
  app.enable('strict routing');
  app.use((request: Request, _response: Response, next: NextFunction) => {
    // body-parser would wait for all of a body that it refuses; Fastify does not.
    const announced = Number(request.headers['content-length'] ?? 0);
    next(announced > MAX_BODY_BYTES ? bodyTooLarge() : undefined);
  });
  app.use(express.raw({ type: () => true, limit: MAX_BODY_BYTES, inflate: false }));
  app.use((request: Request, _response: Response, next: NextFunction) => {
    const body: unknown = request.body;
    request.body = Buffer.isBuffer(body) ? parseRequestBody(request, body) : undefined;
    next();
  });
  return new ExpressAdapter(app);
}
