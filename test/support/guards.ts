// Requests to routes with every kind of access rule, for the guards' specs.
import type { ExecutionContext } from '@nestjs/common';
import type { Reflector } from '@nestjs/core';
import { CurrentPrincipal } from '../../src/access/current-principal.decorator.js';
import type { Principal } from '../../src/access/principal.js';
import { Public } from '../../src/access/public.decorator.js';
import { RequireScopes } from '../../src/access/require-scopes.decorator.js';

/** Routes with every kind of rule, and one without. */
class Undeclared {
  nothing(): void {}
  @Public() open(): void {}
  @Public() greets(@CurrentPrincipal() _principal?: Principal): void {}
  @RequireScopes() anyone(): void {}
  @RequireScopes('users:read') reads(): void {}
  @RequireScopes('users:read', 'users:write') writes(): void {}
}

@RequireScopes('users:read')
export class Restricted {
  @Public() open(): void {}
  reads(): void {}
}

export type Handler = keyof Undeclared | keyof Restricted;
export type Request = {
  headers: { authorization?: string };
  socket: { remoteAddress: string };
  user?: unknown;
};

export const requestWith = (authorization?: string): Request => ({
  headers: authorization === undefined ? {} : { authorization },
  socket: { remoteAddress: '127.0.0.1' },
});

export function contextOf(
  handler: Handler,
  request: Request = requestWith(),
  controller: object = Undeclared,
) {
  const prototype = (controller as typeof Undeclared).prototype as unknown as Record<
    string,
    unknown
  >;
  return {
    getHandler: () => prototype[handler],
    getClass: () => controller,
    getType: () => 'http',
    getArgByIndex: (index: number) => [request, {}][index],
    switchToHttp: () => ({ getRequest: () => request, getResponse: () => ({}) }),
  } as unknown as ExecutionContext;
}

export function principal(...scopes: string[]): Principal {
  return {
    id: 'user-1',
    type: 'user',
    accountId: 'account-1',
    role: 'standard',
    granted: scopes,
    scopes: new Set(scopes),
    sessionId: 'session-1',
    expiresAt: 0,
    claims: {},
  };
}

/** A class whose metadata no guard has cached yet. */
class Unasked extends Undeclared {}

/** A context that makes a guard call the {@link brokenReflector}. */
export const unaskedContext = () => contextOf('open', requestWith(), Unasked);

/** Makes a guard fail at its first step. */
export const brokenReflector = {
  getAllAndOverride: () => {
    throw new Error('broken');
  },
} as unknown as Reflector;
