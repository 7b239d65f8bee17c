import { Inject, Injectable } from '@nestjs/common';
import { isReservedClaim } from './access-token-claims.js';
import { AUTH_OPTIONS, type AuthOptions } from './auth-options.js';
import type { Subject } from './subject.js';

/** Asks the host for its claims. */
@Injectable()
export class OwnClaims {
  constructor(@Inject(AUTH_OPTIONS) private readonly options: Pick<AuthOptions, 'claims'>) {}

  /** @throws Error when the host gives a claim that is ours */
  async for(
    { id, type, accountId, role }: Subject,
    scope: readonly string[],
    sessionId: string,
  ): Promise<Readonly<Record<string, unknown>>> {
    const { claims } = this.options;
    if (!claims) return {};
    const own = await claims({ id, type, accountId, role, scope, sessionId });
    const taken = Object.keys(own).find(isReservedClaim);
    if (taken !== undefined) throw new Error(`claims must not give ${taken}, which is not its own`);
    return own;
  }
}
