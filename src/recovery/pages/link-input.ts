import type { IncomingHttpHeaders } from 'node:http';
import { CodedException } from '../../common/errors/coded.exception.js';
import { ERROR } from '../../common/errors/error-codes.js';
import { bodyInput, input } from '../../common/handler-arguments.js';
import { rawRequest, type HttpRequest } from '../../common/transport/raw-request.js';

/** The fields of a form; empty where one is missing. */
export interface LinkForm {
  readonly token: string;
  readonly password: string;
  readonly passwordAgain: string;
}

type ParsedRequest = HttpRequest & { readonly body?: unknown; readonly query?: unknown };

const FORM_TYPE = /^application\/x-www-form-urlencoded(?:;|$)/i;

/**
 * The token in the address of a page; empty where it is missing or sent twice. Others are ignored: what forwards a mail
 * may add parameters of its own to its links.
 */
export function LinkToken(): ParameterDecorator {
  return input<ParsedRequest>(({ query }) => textIn(query, 'token'));
}

/**
 * The form of a page, which a body parser has read: the gate's, or that of the host.
 *
 * @throws CodedException 41501 for another type, 50001 where no parser has read the form
 */
export function SentForm(): ParameterDecorator {
  return bodyInput<ParsedRequest>((request): LinkForm => {
    const { headers } = rawRequest(request);
    // The gate has checked it, and removed it.
    const type = headers['content-type'] ?? '';
    if (type !== '' && !FORM_TYPE.test(type)) {
      throw new CodedException(ERROR.CONTENT_TYPE_UNSUPPORTED);
    }
    const { body } = request;
    // Otherwise the user would read that the link has expired.
    if (body === undefined && isSent(headers)) {
      const cause = new Error('no body parser of the application reads forms');
      throw new CodedException(ERROR.INTERNAL, { cause });
    }
    return {
      token: textIn(body, 'token'),
      password: textIn(body, 'password'),
      passwordAgain: textIn(body, 'password_again'),
    };
  });
}

function isSent(headers: IncomingHttpHeaders): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}

function textIn(fields: unknown, name: string): string {
  const isKnown = typeof fields === 'object' && fields !== null && Object.hasOwn(fields, name);
  const value = isKnown ? (fields as Readonly<Record<string, unknown>>)[name] : undefined;
  return typeof value === 'string' ? value : '';
}
