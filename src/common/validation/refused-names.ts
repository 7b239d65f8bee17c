/** Parameters refused in a URL, because it ends up in logs and histories (RFC 6750 §2.3, S-41, S-43). */
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

/** Whether a parameter of the query, or any part of its path, has a credential's name. */
export function isCredentialParameter(name: string): boolean {
  return pathParts(name).some((part) => CREDENTIAL_PARAMETERS.has(part.trim().toLowerCase()));
}

/** Whether any part of a name such as `a[b].c`, read as a path, would reach an object's prototype. */
export function isPoisonedPath(name: string): boolean {
  return pathParts(name).some((part) => POISONED_NAMES.has(part));
}

function pathParts(name: string): string[] {
  return name.split(/[[\].]/);
}
