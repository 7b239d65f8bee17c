import { Logger } from '@nestjs/common';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { pathOf, type RequestFacts } from '../transport/request-facts.js';
import { inJson, logLines } from './log-lines.js';

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
      const tenths = Math.round((performance.now() - startedAt) * 10);
      const { isJson } = this.options;
      const path = pathOf(request.url ?? '');
      // Of all that only the path is as the client likes; the rest has been checked, or is ours.
      const line = `${request.method} ${isJson ? inJson(path) : path} ${status} ${Math.trunc(tenths / 10)}.${tenths % 10}ms ip=${facts.clientAddress} request=${facts.id}`;
      if (isJson) logLines().collect(CONTEXT, line);
      else this.logger.log(line);
    });
  }
}
