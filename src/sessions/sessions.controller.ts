import { Controller, Delete, Get, HttpCode, HttpStatus, UseGuards } from '@nestjs/common';
import {
  ApiNoContentResponse,
  ApiOperation,
  ApiProperty,
  ApiQuery,
  ApiTags,
} from '../common/openapi/swagger.js';
import { OwnSchema } from '../common/openapi/own-schema.decorator.js';
import { CurrentCaller } from '../access/current-caller.decorator.js';
import { Guarded } from '../access/guarded.decorator.js';
import type { Caller, Principal } from '../access/principal.js';
import { RequireUser } from '../access/require-scopes.decorator.js';
import { VerifiedPrincipal } from '../access/verified-principal.decorator.js';
import { ERROR } from '../common/errors/error-codes.js';
import { ApiErrors } from '../common/openapi/api-errors.decorator.js';
import { PageQuery } from '../common/paging/page-query.js';
import { Paged } from '../common/paging/paged.decorator.js';
import { mapPage, type Page } from '../common/paging/pages.js';
import { ResourceId } from '../common/resource-id.decorator.js';
import { ValidQuery } from '../common/validation/valid-input.decorator.js';
import { EmptyIdGuard } from './empty-id.guard.js';
import { EndSessionsQuery } from './end-sessions-query.js';
import { OwnSessionsService } from './own-sessions.service.js';
import { SessionView, sessionView } from './session-view.js';
import { SessionsService } from './sessions.service.js';

@OwnSchema()
class OwnSessionView extends SessionView {
  @ApiProperty({ example: true, description: 'The one that this request came with' })
  is_current!: boolean;
}

@ApiTags('Sessions')
@Guarded()
@Controller('api/v1/account/session')
export class SessionsController {
  constructor(
    private readonly sessions: SessionsService,
    private readonly ownSessions: OwnSessionsService,
  ) {}

  @Get()
  @RequireUser()
  @ApiOperation({
    operationId: 'listSessions',
    summary: 'Where you are signed in',
    description: 'Your own live sessions, newest first, one page at a time.',
  })
  @Paged(OwnSessionView)
  async list(
    @VerifiedPrincipal() principal: Principal,
    @ValidQuery() query: PageQuery,
  ): Promise<Page<OwnSessionView>> {
    return mapPage(await this.sessions.list(principal, query), (session) => ({
      ...sessionView(session),
      is_current: session.id === principal.sessionId,
    }));
  }

  @Delete(':id')
  @HttpCode(HttpStatus.NO_CONTENT)
  @RequireUser()
  @ApiOperation({
    operationId: 'endSession',
    summary: 'Sign out somewhere',
    description: 'Ends one of your own sessions, with its refresh token and its access tokens.',
  })
  @ApiNoContentResponse()
  @ApiErrors(ERROR.RESOURCE_NOT_FOUND)
  end(@CurrentCaller() principal: Caller, @ResourceId() id: string): Promise<void> {
    return this.ownSessions.end(principal, id);
  }

  @Delete()
  @HttpCode(HttpStatus.NO_CONTENT)
  @UseGuards(EmptyIdGuard)
  @RequireUser()
  @ApiOperation({
    operationId: 'endSessions',
    summary: 'Sign out everywhere else',
    description:
      'Ends all your sessions but the one that this request came with; with `all=true` that one too.',
  })
  // Swagger would lose the enum of a class of parameters.
  @ApiQuery({
    name: 'all',
    enum: ['true'],
    required: false,
    description: 'The calling session too',
  })
  @ApiNoContentResponse()
  @ApiErrors(ERROR.RESOURCE_NOT_FOUND)
  endAll(
    @CurrentCaller() principal: Caller,
    @ValidQuery() { all }: EndSessionsQuery,
  ): Promise<void> {
    return this.ownSessions.endAll(principal, all === undefined ? principal.sessionId : undefined);
  }
}
