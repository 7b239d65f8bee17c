import contentType from 'content-type';
import type { IncomingMessage } from 'node:http';
import { CodedException } from '../../common/errors/coded.exception.js';
import { ERROR } from '../../common/errors/error-codes.js';
import { parseFormBody } from './form-body.js';
import { parseStrictJson } from './strict-json.js';

/** RFC 6749 §3.2 has forms, and the pages of one-time links send nothing else. */
const TOKEN_PREFIX = '/oauth/';
const PAGES_PREFIX = '/link/';

const TOKEN = "[!#$%&'*+.^_`|~0-9A-Za-z-]+";
/** RFC 9110 §8.3.1, which `contentType.parse` applies leniently; no two parts match the same text, so it is linear. */
const MEDIA_TYPE = new RegExp(
  `^${TOKEN}/${TOKEN}(?:[ \\t]*;[ \\t]*${TOKEN}=(?:${TOKEN}|"[^"\\\\]*"))*(?:[ \\t]*;)?$`,
);

/** A charset that is given twice, or in the form of RFC 8187, is ambiguous. */
const TWO_CHARSETS = /charset.*charset|charset\*/i;

/**
 * Parses the body of a request. An empty body is no body, whatever its type says: the official client
 * announces JSON and sends nothing.
 *
 * @throws CodedException 41501 for a type, charset or coding that is not accepted here, 40002 for bad JSON,
 *   40001 for a bad form
 */
export function parseRequestBody(request: IncomingMessage, body: Buffer): unknown {
  const coding = request.headers['content-encoding'] ?? 'identity';
  if (coding.toLowerCase() !== 'identity') throw unsupported();
  if (body.length === 0) return undefined;

  const type = mediaType(request.headers['content-type']);
  const url = request.url ?? '';
  const isPage = url.startsWith(PAGES_PREFIX);
  if (type === 'application/json' && !isPage) return parseStrictJson(decodeUtf8(body));
  const takesForm = isPage || url.startsWith(TOKEN_PREFIX);
  if (type === 'application/x-www-form-urlencoded' && takesForm) {
    return parseFormBody(decodeUtf8(body));
  }
  throw unsupported();
}

function mediaType(header: string | undefined): string {
  const isClear = header !== undefined && MEDIA_TYPE.test(header) && !TWO_CHARSETS.test(header);
  if (!isClear) throw unsupported();
  const { type, parameters } = contentType.parse(header);
  const charset = parameters['charset']?.toLowerCase() ?? 'utf-8';
  if (charset !== 'utf-8' && charset !== 'utf8') throw unsupported();
  return type;
}

function decodeUtf8(body: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(body);
  } catch {
    throw new CodedException(ERROR.BODY_NOT_JSON);
  }
}

function unsupported(): CodedException {
  return new CodedException(ERROR.CONTENT_TYPE_UNSUPPORTED);
}
