import { Logger } from '@nestjs/common';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { shownAddress } from '../../common/transport/client-address.js';
import { pathOf, type RequestFacts } from '../../common/transport/request-facts.js';
import { logLines } from './log-lines.js';
import type { LoggedPaths } from './logged-path.js';

const CONTEXT = 'Request';

/** What a line tells about a request, besides its facts. */
interface Outcome {
  readonly method: string | undefined;
  readonly path: string | undefined;
  /** `undefined` when the connection ended before the answer. */
  readonly status: number | undefined;
  readonly milliseconds: number;
}

/**
 * Writes one line for each request: text, or in production JSON with a member for each fact, buffered for at most 100
 * ms. No part of a line is the client's free choice, so there is nothing to escape: it has no query, which may hold
 * personal data (S-43), and no unknown part of the path (S-210).
 */
export class AccessLog {
  private readonly logger = new Logger(CONTEXT);

  constructor(
    private readonly options: { readonly isJson: boolean; readonly paths: LoggedPaths },
  ) {}

  writeWhenDone(request: IncomingMessage, response: ServerResponse, facts: RequestFacts): void {
    const startedAt = performance.now();
    response.on('close', () => {
      this.write(facts, {
        method: request.method,
        path: pathOf(request.url ?? ''),
        status: facts.status ?? (response.writableFinished ? response.statusCode : undefined),
        milliseconds: performance.now() - startedAt,
      });
    });
  }

  /** For a request that could not be parsed. */
  writeUnparsed(facts: RequestFacts, status: number): void {
    this.write(facts, { method: undefined, path: undefined, status, milliseconds: 0 });
  }

  private write(facts: RequestFacts, outcome: Outcome): void {
    if (this.options.isJson) logLines().collect(CONTEXT, 'request', this.members(facts, outcome));
    else this.logger.log(this.text(facts, outcome));
  }

  private members({ id, clientAddress, principal }: RequestFacts, outcome: Outcome): string {
    const { method, path, status, milliseconds } = outcome;
    const route = path === undefined ? undefined : this.options.paths.routeOf(path);
    return `"method":${quoted(method)},"route":${quoted(route)},"status":${status ?? null},"durationMs":${tenths(milliseconds)},"principalType":${quoted(principal?.type)},"principalId":${quoted(principal?.id)},"clientAddress":"${shownAddress(clientAddress)}","requestId":"${id}"`;
  }

  private text({ id, clientAddress, principal }: RequestFacts, outcome: Outcome): string {
    const { method = '-', path, status = 'aborted', milliseconds } = outcome;
    const shown = path === undefined ? '-' : this.options.paths.shown(path);
    const caller = principal ? ` ${principal.type}=${principal.id}` : '';
    return `${method} ${shown} ${status} ${tenths(milliseconds)}ms${caller} ip=${shownAddress(clientAddress)} request=${id}`;
  }
}

/** Milliseconds with one decimal; `toFixed` takes ten times as long. */
function tenths(milliseconds: number): string {
  const rounded = Math.round(milliseconds * 10);
  return `${Math.trunc(rounded / 10)}.${rounded % 10}`;
}

function quoted(value: string | undefined): string {
  return value === undefined ? 'null' : `"${value}"`;
}
