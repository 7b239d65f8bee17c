import { ExpressAdapter } from '@nestjs/platform-express';
import express, { type NextFunction, type Request, type Response } from 'express';
import { bodyOf } from './read-body.js';

/** TLS options are passed to `NestFactory.create`, which creates Express's server. */
export function createExpressAdapter(): ExpressAdapter {
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.enable('case sensitive routing');
  app.enable('strict routing');
  app.use((request: Request, _response: Response, next: NextFunction) => {
    request.body = bodyOf(request);
    next();
  });
  return new ExpressAdapter(app);
}
