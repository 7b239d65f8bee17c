import { Injectable, type ArgumentsHost } from '@nestjs/common';
import { CodedException } from '../common/errors/coded.exception.js';
import { ERROR, type ErrorEntry } from '../common/errors/error-codes.js';
import { rawRequest, type HttpRequest } from '../common/transport/raw-request.js';
import { originOf, requestFacts } from '../common/transport/request-facts.js';
import { EventBus } from '../events/event-bus.js';
import { ANONYMOUS } from '../events/gatehouse-event.js';
import { carrierOf } from './carrier.js';
import { by } from './principal.js';
import { VerifiedPrincipals } from './verified-principals.js';

const DENIALS: ReadonlySet<ErrorEntry> = new Set<ErrorEntry>([
  ERROR.SCOPE_INSUFFICIENT,
  ERROR.OWNER_PROTECTED,
  ERROR.RESOURCE_NOT_FOUND,
]);

const ID = /^[\da-f]{8}-(?:[\da-f]{4}-){3}[\da-f]{12}$/;

/**
 * Reports the event of a denied authorization: a missing scope, a protected owner, or a resource that is not in the
 * caller's account. Whether that resource exists in another account is not looked up, so that a denial costs no query
 * and takes the same time in both cases (S-22, S-147).
 */
@Injectable()
export class DeniedAccess {
  /** The filter sees the refusals of the guard too. */
  private readonly reported = new WeakSet<CodedException>();

  constructor(
    private readonly principals: VerifiedPrincipals,
    private readonly events: EventBus,
  ) {}

  /**
   * Reports nothing for any other exception, and nothing for the same one again.
   *
   * @returns when the denial is recorded, after which it may be answered; `undefined` where there is nothing to report
   */
  report(thrown: unknown, host: ArgumentsHost): Promise<void> | undefined {
    if (!(thrown instanceof CodedException) || !DENIALS.has(thrown.entry)) return undefined;
    const { key, request } = carrierOf(host);
    const targetId = thrown.targetId ?? idInPath(request);
    const isForeign = thrown.entry === ERROR.RESOURCE_NOT_FOUND;
    if (this.reported.has(thrown) || (isForeign && targetId === undefined)) return undefined;
    this.reported.add(thrown);
    const principal = this.principals.of(key);
    return this.events.report({
      name: 'access.denied',
      ...(principal ? by(principal) : ANONYMOUS),
      targetId,
      ...(request && originOf(requestFacts(rawRequest(request)))),
      reason: isForeign ? 'not in the account' : (thrown.detail ?? thrown.entry.message),
    });
  }
}

/** Only in the form of our ids, because the log must not repeat a secret that a client puts into the path (S-210). */
function idInPath(request: HttpRequest | undefined): string | undefined {
  const { id } =
    (request as { readonly params?: { readonly id?: unknown } } | undefined)?.params ?? {};
  return typeof id === 'string' && ID.test(id) ? id : undefined;
}
