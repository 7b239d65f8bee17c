import { Logger } from '@nestjs/common';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { shownAddress } from '../../common/transport/client-address.js';
import { pathOf, type RequestFacts } from '../../common/transport/request-facts.js';
import { logLines } from './log-lines.js';
import type { LoggedPaths } from './logged-path.js';

const CONTEXT = 'Request';

/** Writes one line for each request; JSON lines are buffered for at most 100 ms. */
export class AccessLog {
  private readonly logger = new Logger(CONTEXT);

  constructor(
    private readonly options: { readonly isJson: boolean; readonly paths: LoggedPaths },
  ) {}

  /** Leaves out the query, which may hold personal data (S-43), and unknown parts of the path (S-210). */
  writeWhenDone(request: IncomingMessage, response: ServerResponse, facts: RequestFacts): void {
    const startedAt = performance.now();
    response.on('close', () => {
      const status = response.writableFinished ? response.statusCode : 'aborted';
      const tenths = Math.round((performance.now() - startedAt) * 10);
      const { isJson, paths } = this.options;
      const path = paths.shown(pathOf(request.url ?? ''));
      // No part of the line is the client's free choice, so there is nothing to escape.
      const line = `${request.method} ${path} ${status} ${Math.trunc(tenths / 10)}.${tenths % 10}ms ip=${shownAddress(facts.clientAddress)} request=${facts.id}`;
      if (isJson) logLines().collect(CONTEXT, line);
      else this.logger.log(line);
    });
  }
}
