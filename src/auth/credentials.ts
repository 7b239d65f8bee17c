import { isUnsafeText } from '../common/validation/unsafe-text.js';

/** The two halves of an API key. */
export interface ApiKeyPair {
  readonly key: string;
  readonly secret: string;
}

/** A user's password or an API key, distinguished once by the form of the pair (S-39). */
export type BasicCredentials =
  | { readonly kind: 'empty' }
  | { readonly kind: 'password'; readonly username: string; readonly password: string }
  | ({ readonly kind: 'api_key' } & ApiKeyPair);

const BASIC = /^basic ([A-Za-z0-9+/]+={0,2})$/i;
const BEARER = /^bearer ([A-Za-z0-9\-._~+/]+=*)$/i;

/** The token of an `Authorization: Bearer` value, RFC 6750 §2.1; `undefined` for any other form. */
export function bearerToken(authorization: string | undefined): string | undefined {
  return BEARER.exec(authorization ?? '')?.[1];
}

/** The two halves of an API key that was sent as a bearer token; `undefined` for a JWT, which has two dots. */
export function apiKeyParts(token: string): ApiKeyPair | undefined {
  const [key, secret, ...rest] = token.split('.');
  if (key === undefined || secret === undefined || rest.length > 0) return undefined;
  return { key, secret };
}

/**
 * Reads an `Authorization` value by RFC 7617: the user-id ends at the first colon, the text is UTF-8.
 *
 * It replaces the parser of passport-http, which splits at every colon, refuses an empty password and accepts any
 * scheme that contains the word.
 *
 * @returns `undefined` for anything that is not one well-formed Basic credential (S-36 … S-38)
 */
export function parseBasicCredentials(
  authorization: string | undefined,
): BasicCredentials | undefined {
  const encoded = BASIC.exec(authorization ?? '')?.[1];
  const text = encoded === undefined ? undefined : decodeStrictly(encoded);
  if (text === undefined || isUnsafeText(text)) return undefined;
  const colon = text.indexOf(':');
  if (colon === -1) return undefined;
  return classifyCredentials(text.slice(0, colon), text.slice(colon + 1));
}

/** An address contains an at sign, a key never does; `key.secret` with no password is an API key as one string. */
export function classifyCredentials(username: string, password: string): BasicCredentials {
  if (username === '' && password === '') return { kind: 'empty' };
  if (username.includes('@')) return { kind: 'password', username, password };
  if (password !== '') return { kind: 'api_key', key: username, secret: password };
  const dot = username.indexOf('.');
  // Without a secret it is only the public half of a key, which authenticates nothing (S-40, S-83).
  return dot === -1
    ? { kind: 'api_key', key: username, secret: '' }
    : { kind: 'api_key', key: username.slice(0, dot), secret: username.slice(dot + 1) };
}

function decodeStrictly(encoded: string): string | undefined {
  const bytes = Buffer.from(encoded, 'base64');
  // Node skips invalid characters: only a text that encodes back to itself was base64 (RFC 4648 §3.5).
  const canonical = bytes.toString('base64');
  if (canonical !== encoded && canonical.replace(/=+$/, '') !== encoded) return undefined;
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}
