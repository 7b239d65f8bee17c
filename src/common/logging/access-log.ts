import { Logger } from '@nestjs/common';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { pathOf, type RequestFacts } from '../transport/request-facts.js';
import { logLines } from './log-lines.js';

const CONTEXT = 'Request';

/** One line for each request; for a log collector they are collected first, for 100 ms at most. */
export class AccessLog {
  private readonly logger = new Logger(CONTEXT);

  constructor(private readonly options: { readonly isJson: boolean }) {}

  /** The query may hold personal data and stays out (S-43). */
  writeWhenDone(request: IncomingMessage, response: ServerResponse, facts: RequestFacts): void {
    const startedAt = performance.now();
    response.on('close', () => {
      const status = response.writableFinished ? response.statusCode : 'aborted';
      const milliseconds = Math.round((performance.now() - startedAt) * 10) / 10;
      const path = pathOf(request.url ?? '');
      this.write(
        `${request.method} ${path} ${status} ${milliseconds}ms ip=${facts.clientAddress} request=${facts.id}`,
      );
    });
  }

  private write(message: string): void {
    if (this.options.isJson) logLines().collect(CONTEXT, message);
    else this.logger.log(message);
  }
}
