import { Injectable } from '@nestjs/common';
import { CodedException } from '../common/errors/coded.exception.js';
import { ERROR } from '../common/errors/error-codes.js';
import { invalidRequest, RequestValidationPipe } from '../common/validation/validation.pipe.js';
import {
  GRANT_TYPES,
  TokenQueryDto,
  TokenRequestDto,
  type GrantType,
} from './dto/token-request.dto.js';

/** `client_id` and `client_secret`, neither of them empty. */
export interface ClientPair {
  readonly id: string;
  readonly secret: string;
}

/** A token request, checked for form; nobody is authenticated yet. */
export interface TokenRequest {
  readonly grantType: GrantType;
  readonly username: string | undefined;
  readonly password: string | undefined;
  readonly refreshToken: string | undefined;
  /** The client's own pair, an API key's; `undefined` where no secret was sent (RFC 6749 §2.3.1). */
  readonly client: ClientPair | undefined;
  readonly scope: string | undefined;
}

/** Reads a token request from query (the SMTPD authentication API) and body (RFC 6749), before any credential is looked at. */
@Injectable()
export class TokenRequestReader {
  constructor(private readonly pipe: RequestValidationPipe) {}

  /**
   * @throws CodedException 40001 for a wrong member or a conflict, 40003 for the grant type,
   *   40004 for a scope of wrong form
   */
  async read(rawQuery: unknown, rawBody: unknown): Promise<TokenRequest> {
    const query = (await this.pipe.transform(rawQuery, {
      type: 'query',
      metatype: TokenQueryDto,
    })) as TokenQueryDto;
    const body = (await this.pipe.transform(rawBody, {
      type: 'body',
      metatype: TokenRequestDto,
    })) as TokenRequestDto;

    const grantType = agreed('grant_type', query.grant_type, body.grant_type);
    if (!isGrantType(grantType)) throw new CodedException(ERROR.GRANT_TYPE_UNSUPPORTED);
    const scope = agreed('scope', query.scope || undefined, body.scope || undefined);
    if (scope !== undefined && !SCOPE_FORM.test(scope)) {
      throw new CodedException(ERROR.SCOPE_NOT_GRANTED);
    }
    return {
      grantType,
      username: body.username,
      password: body.password,
      refreshToken: body.refresh_token,
      client: clientPair(body),
      scope,
    };
  }
}

/** RFC 6749 §3.3: names of visible ASCII, one space between them. */
const SCOPE_FORM = /^[\x21\x23-\x5b\x5d-\x7e]+(?: [\x21\x23-\x5b\x5d-\x7e]+)*$/;

function isGrantType(value: string | undefined): value is GrantType {
  return GRANT_TYPES.includes(value as GrantType);
}

/** Public clients send their id alone, and some an empty secret: that proves nothing and is ignored (S-193). */
function clientPair({ client_id: id, client_secret: secret }: TokenRequestDto) {
  if (!secret) return undefined;
  if (id) return { id, secret };
  throw invalidRequest([
    { field: 'client_id', message: 'client_id must be sent with client_secret' },
  ]);
}

/** What stands in both places must agree (S-62). */
function agreed(name: string, inQuery?: string, inBody?: string): string | undefined {
  if (inQuery !== undefined && inBody !== undefined && inQuery !== inBody) {
    throw invalidRequest([{ field: name, message: `${name} differs between query and body` }]);
  }
  return inQuery ?? inBody;
}
