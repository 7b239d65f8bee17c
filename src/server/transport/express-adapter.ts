import { ExpressAdapter } from '@nestjs/platform-express';
import express, { type NextFunction, type Request, type Response } from 'express';
import { bodyTooLarge, MAX_BODY_BYTES, parseRequestBody } from './request-body.js';

/** TLS options are passed to `NestFactory.create`, which creates Express's server. */
export function createExpressAdapter(): ExpressAdapter {
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.enable('case sensitive routing');
  app.enable('strict routing');
  app.use((request: Request, _response: Response, next: NextFunction) => {
    // body-parser would read the whole body before it refuses it; Fastify does not.
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
