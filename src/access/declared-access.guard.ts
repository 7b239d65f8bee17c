import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { CodedException } from '../common/errors/coded.exception.js';
import { ERROR } from '../common/errors/error-codes.js';
import { accessRule } from './access-metadata.js';

/**
 * Application-wide: refuses a route that declares neither a scope nor that it is public (S-92). Asks
 * nothing else, so that nobody is authenticated twice.
 *
 * @throws CodedException 40302
 */
@Injectable()
export class DeclaredAccessGuard implements CanActivate {
  constructor(private readonly reflector: Reflector) {}

  canActivate(context: ExecutionContext): boolean {
    if (accessRule(this.reflector, context)) return true;
    throw new CodedException(ERROR.SCOPE_INSUFFICIENT, { detail: 'route declares no access rule' });
  }
}
