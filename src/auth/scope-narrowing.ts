import { Injectable } from '@nestjs/common';
import { CodedException } from '../common/errors/coded.exception.js';
import { ERROR } from '../common/errors/error-codes.js';
import { ScopeRegistry } from '../scopes/scope-registry.js';

/** Narrows a grant to what was asked for (RFC 6749 §3.3). */
@Injectable()
export class ScopeNarrowing {
  constructor(private readonly scopes: ScopeRegistry) {}

  /**
   * @param granted names that may be had
   * @param requested space-separated names; `undefined` asks for all
   * @throws CodedException 40004 for a name that is unknown or not covered
   */
  narrow(granted: readonly string[], requested: string | undefined): readonly string[] {
    if (requested === undefined) return granted;
    const held = this.scopes.expand(granted);
    const names = [...new Set(requested.split(' '))];
    if (!names.every((name) => held.has(name))) throw new CodedException(ERROR.SCOPE_NOT_GRANTED);
    return names;
  }
}
