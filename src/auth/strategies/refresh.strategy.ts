import { Injectable } from '@nestjs/common';
import { PassportStrategy } from '@nestjs/passport';
import type { IncomingMessage } from 'node:http';
import { Strategy } from 'passport';
import { CodedException } from '../../common/errors/coded.exception.js';
import { ERROR } from '../../common/errors/error-codes.js';
import { invalidRequest } from '../../common/validation/validation.pipe.js';
import { SessionsService } from '../../sessions/sessions.service.js';
import type { GrantSubject } from '../authenticated-grant.js';
import { parseBasicCredentials } from '../basic-credentials.js';
import { SessionSubjects } from '../session-subjects.js';
import type { TokenRequest } from '../token-request.js';

/** What the guard hands to the strategy. */
export interface RefreshStrategyOptions {
  readonly tokenRequest: TokenRequest;
}

/**
 * Passport strategy `refresh`: finds the session that a refresh token is for, and whom it stands for now.
 * Whether the token still continues that session is decided where it is used, in one step with the use.
 */
@Injectable()
export class RefreshStrategy extends PassportStrategy(Strategy, 'refresh') {
  constructor(
    private readonly sessions: SessionsService,
    private readonly subjects: SessionSubjects,
  ) {
    super();
  }

  override authenticate(
    request: { readonly headers: IncomingMessage['headers'] },
    { tokenRequest }: RefreshStrategyOptions,
  ): void {
    this.validate(request.headers.authorization, tokenRequest).then(
      (subject) => this.success(subject),
      (error: unknown) => this.error(error),
    );
  }

  async validate(authorization: string | undefined, request: TokenRequest): Promise<GrantSubject> {
    const { refreshToken, username, password } = request;
    if (username !== undefined || password !== undefined) {
      throw invalidRequest([
        { field: 'username', message: 'username does not belong to this grant' },
      ]);
    }
    if (refreshToken === undefined) {
      throw invalidRequest([{ field: 'refresh_token', message: 'refresh_token must be a string' }]);
    }
    // A bearer is ignored: the official client sends its expired one. A Basic credential must be the
    // session's own key, and a user's session has none (S-194).
    if (isForeignClient(authorization)) throw refused("a client that is not the session's");

    const presented = this.sessions.parse(refreshToken);
    const subject = presented && (await this.subjects.findActive(presented.sessionId));
    if (!presented || !subject) throw refused('unknown, or its user or account is disabled');
    return { kind: 'refresh_token', subject, presented };
  }
}

function isForeignClient(authorization: string | undefined): boolean {
  if (authorization === undefined || !/^basic\b/i.test(authorization)) return false;
  return parseBasicCredentials(authorization)?.kind !== 'empty';
}

function refused(detail: string): CodedException {
  return new CodedException(ERROR.REFRESH_TOKEN_INVALID, { detail });
}
