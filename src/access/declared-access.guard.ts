import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { CodedException } from '../common/errors/coded.exception.js';
import { ERROR } from '../common/errors/error-codes.js';
import { accessRule } from './access-metadata.js';

/**
 * Refuses a route that declares neither scopes nor that it is public (S-92). Applies to the whole application and
 * checks nothing else, so that no request is authenticated twice.
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
