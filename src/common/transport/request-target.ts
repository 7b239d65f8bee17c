import { CodedException } from '../errors/coded.exception.js';
import { ERROR } from '../errors/error-codes.js';

const MAX_PARAMETERS = 50;

/** A credential in a URL ends up in logs and histories (RFC 6750 §2.3, S-41, S-43). */
const CREDENTIAL_PARAMETERS: ReadonlySet<string> = new Set([
  'access_token',
  'actor_token',
  'api_key',
  'apikey',
  'assertion',
  'authorization',
  'client_assertion',
  'client_secret',
  'current_password',
  'id_token',
  'key',
  'new_password',
  'password',
  'refresh_token',
  'secret',
  'subject_token',
  'token',
  'username',
]);

/** Names that would reach an object's prototype (S-132). */
export const POISONED_NAMES: ReadonlySet<string> = new Set([
  '__proto__',
  'constructor',
  'prototype',
]);

/**
 * Refuses a request target that two parsers could read differently, and one that carries a credential.
 *
 * @throws CodedException 40001 for broken encoding, too many parameters or a credential in the query,
 *   40002 for a poisoned name
 */
export function checkRequestTarget(url: string): void {
  const queryStart = url.indexOf('?');
  const path = queryStart === -1 ? url : url.slice(0, queryStart);
  if (path.includes('%') && hasControlCharacter(decode(path, 'path'))) {
    throw invalid('path', 'path must not hold control characters');
  }
  if (queryStart === -1) return;
  const pairs = url.slice(queryStart + 1).split('&');
  if (pairs.length > MAX_PARAMETERS) {
    throw invalid('query', `query must not hold more than ${MAX_PARAMETERS} parameters`);
  }
  for (const pair of pairs) checkPair(pair);
}

function checkPair(pair: string): void {
  const equals = pair.indexOf('=');
  const name = decode(equals === -1 ? pair : pair.slice(0, equals), 'query');
  if (equals !== -1) decode(pair.slice(equals + 1), 'query');
  if (isPoisonedPath(name)) throw new CodedException(ERROR.BODY_NOT_JSON);
  if (isCredentialParameter(name)) {
    throw invalid('query', 'query must not carry a credential');
  }
}

/** Whether a parameter of the query, or any part of its path, has a credential's name. */
export function isCredentialParameter(name: string): boolean {
  return pathParts(name).some((part) => CREDENTIAL_PARAMETERS.has(part.trim().toLowerCase()));
}

/** Whether any part of `a[b].c` would reach an object's prototype, for whoever reads it as a path. */
export function isPoisonedPath(name: string): boolean {
  return pathParts(name).some((part) => POISONED_NAMES.has(part));
}

function pathParts(name: string): string[] {
  return name.split(/[[\].]/);
}

/** `decodeURIComponent` also refuses percent-encoded bytes that are not UTF-8. */
function decode(text: string, field: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    throw invalid(field, `${field} must be percent-encoded UTF-8`);
  }
}

function hasControlCharacter(text: string): boolean {
  // oxlint-disable-next-line no-control-regex -- finding them is the point
  return /[\u0000-\u001f\u007f]/.test(text);
}

function invalid(field: string, message: string): CodedException {
  return new CodedException(ERROR.REQUEST_INVALID, { errors: [{ field, message }] });
}
