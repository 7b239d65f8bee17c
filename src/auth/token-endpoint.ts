import { Injectable, type Type } from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import { MAX_AUTHORIZATION_LENGTH } from '../access/principal-authenticator.js';
import type { ClientFacts } from '../common/client.decorator.js';
import { bodyInput } from '../common/handler-arguments.js';
import { CodedException } from '../common/errors/coded.exception.js';
import { ERROR } from '../common/errors/error-codes.js';
import { rawRequest, type HttpRequest } from '../common/transport/raw-request.js';
import { markTokenRequest } from '../common/transport/request-facts.js';
import { invalidRequest, RequestValidationPipe } from '../common/validation/validation.pipe.js';
import { TokenQueryDto, TokenRequestDto } from './dto/token-request.dto.js';
import type { TokenResponseDto } from './dto/token-response.dto.js';
import { tokenUnauthorized } from './grants/grant-credentials.js';
import { GRANTS } from './grants/grants.js';

/** A request to the token endpoint, not validated yet. */
export interface SentTokenRequest {
  readonly query: unknown;
  readonly body: unknown;
  readonly authorization: string | undefined;
}

type ParsedRequest = HttpRequest & Pick<SentTokenRequest, 'query' | 'body'>;

/** The request as it was sent. It is marked, so that its errors carry RFC 6749's `error`. */
export const TokenRequest = (): ParameterDecorator => bodyInput(sentTokenRequest);

function sentTokenRequest(request: ParsedRequest): SentTokenRequest {
  const raw = rawRequest(request);
  markTokenRequest(raw);
  const { query, body } = request;
  return { query: copyOf(query), body: copyOf(body), authorization: raw.headers.authorization };
}

/** An interceptor of a host may still change the object of the request (S-208). */
function copyOf(parameters: unknown): unknown {
  const isObject = typeof parameters === 'object' && parameters !== null;
  return isObject && !Array.isArray(parameters) ? { ...parameters } : parameters;
}

/** Checks the form of token requests and passes each to the grant that it names. */
@Injectable()
export class TokenEndpoint {
  constructor(
    private readonly pipe: RequestValidationPipe,
    private readonly modules: ModuleRef,
  ) {}

  /**
   * Issues tokens. The form is validated first, so that a malformed request costs no bcrypt run.
   *
   * @throws CodedException 40001 for a wrong member or a conflict, 40003 for the grant type, 40004 for a malformed
   *   scope, 40101 for a header that is too long, and the codes of the grant
   */
  async issue(sent: SentTokenRequest, client: ClientFacts): Promise<TokenResponseDto> {
    const { authorization } = sent;
    if ((authorization?.length ?? 0) > MAX_AUTHORIZATION_LENGTH) throw tokenUnauthorized();
    // In the query as in the SMTPD authentication API, in the body as in RFC 6749.
    const query = await this.validated(sent.query, 'query', TokenQueryDto);
    const body = await this.validated(sent.body, 'body', TokenRequestDto);
    const grant = GRANTS.get(agreed('grant_type', query.grant_type, body.grant_type) ?? '');
    if (!grant) throw new CodedException(ERROR.GRANT_TYPE_UNSUPPORTED);
    const scope = agreed('scope', query.scope || undefined, body.scope || undefined);
    if (scope !== undefined && !SCOPE_FORM.test(scope)) {
      throw new CodedException(ERROR.SCOPE_NOT_GRANTED);
    }
    const { username, password, refresh_token: refreshToken } = body;
    const clientPair = clientPairIn(body);
    const request = { username, password, refreshToken, clientPair, scope, authorization };
    return this.modules.get(grant).issue(request, client);
  }

  private async validated<Dto extends object>(
    value: unknown,
    type: 'query' | 'body',
    metatype: Type<Dto>,
  ): Promise<Dto> {
    return (await this.pipe.transform(value, { type, metatype })) as Dto;
  }
}

/** RFC 6749 §3.3: names of visible ASCII, one space between them. */
const SCOPE_FORM = /^[\x21\x23-\x5b\x5d-\x7e]+(?: [\x21\x23-\x5b\x5d-\x7e]+)*$/;

/** Public clients send only their id, some with an empty secret: this authenticates nothing and is ignored (S-193). */
function clientPairIn({ client_id: id, client_secret: secret }: TokenRequestDto) {
  if (!secret) return undefined;
  if (id) return { id, secret };
  throw invalidRequest([
    { field: 'client_id', message: 'client_id must be sent with client_secret' },
  ]);
}

/** A value that is sent in both places must be the same (S-62). */
function agreed(name: string, inQuery?: string, inBody?: string): string | undefined {
  if (inQuery !== undefined && inBody !== undefined && inQuery !== inBody) {
    throw invalidRequest([{ field: name, message: `${name} differs between query and body` }]);
  }
  return inQuery ?? inBody;
}
