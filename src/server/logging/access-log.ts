import { Logger } from '@nestjs/common';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { shownAddress } from '../../common/transport/client-address.js';
import { pathOf, type RequestFacts } from '../../common/transport/request-facts.js';
import { logLines } from './log-lines.js';
import type { LoggedPaths } from './logged-path.js';

const CONTEXT = 'Request';

/** One line for each request; for a log collector they are collected first, for 100 ms at most. */
export class AccessLog {
  private readonly logger = new Logger(CONTEXT);

  constructor(
    private readonly options: { readonly isJson: boolean; readonly paths: LoggedPaths },
  ) {}

  /** The query may hold personal data and stays out (S-43), as does all of a path that is not ours (S-210). */
  writeWhenDone(request: IncomingMessage, response: ServerResponse, facts: RequestFacts): void {
    const startedAt = performance.now();
    response.on('close', () => {
      const status = response.writableFinished ? response.statusCode : 'aborted';
      const tenths = Math.round((performance.now() - startedAt) * 10);
      const { isJson, paths } = this.options;
      const path = paths.shown(pathOf(request.url ?? ''));
      // Nothing in it is as the client likes, so there is nothing to escape.
      const line = `${request.method} ${path} ${status} ${Math.trunc(tenths / 10)}.${tenths % 10}ms ip=${shownAddress(facts.clientAddress)} request=${facts.id}`;
      if (isJson) logLines().collect(CONTEXT, line);
      else this.logger.log(line);
    });
  }
}
