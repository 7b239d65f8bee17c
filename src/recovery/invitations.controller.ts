import { Controller, HttpCode, HttpStatus, Post } from '@nestjs/common';
import { CurrentCaller } from '../access/current-caller.decorator.js';
import { Guarded } from '../access/guarded.decorator.js';
import type { Caller } from '../access/principal.js';
import { Public } from '../access/public.decorator.js';
import { RequireScopes } from '../access/require-scopes.decorator.js';
import { Client, type ClientFacts } from '../common/client.decorator.js';
import { ERROR } from '../common/errors/error-codes.js';
import { ApiErrors } from '../common/openapi/api-errors.decorator.js';
import { ApiRequestErrors } from '../common/openapi/api-request-errors.decorator.js';
import {
  ApiAcceptedResponse,
  ApiBody,
  ApiOkResponse,
  ApiOperation,
  ApiTags,
} from '../common/openapi/swagger.js';
import { ResourceId } from '../common/resource-id.decorator.js';
import { ValidBody } from '../common/validation/valid-input.decorator.js';
import { AcceptInvitationDto, InvitedDto, invitedDto, InviteDto } from './dto/invitation.dto.js';
import { Invitations } from './invitations.js';
import { ShownInvitations } from './shown-invitations.js';

@ApiTags('Users')
@Guarded()
@Controller('api/v1/account')
export class InvitationsController {
  constructor(
    private readonly invitations: Invitations,
    private readonly shown: ShownInvitations,
  ) {}

  @Post('user/:id/invitation')
  @HttpCode(HttpStatus.ACCEPTED)
  @RequireScopes('users:write')
  @ApiOperation({
    operationId: 'inviteUser',
    summary: 'Invite a user anew',
    description:
      'Answers the same for every user of your account; only one without a password gets a letter. With `"delivery": "response"` the link is in this answer instead, for you to pass on: only for users who call this, and neither for the owner nor for a user who holds more than you.',
  })
  @ApiBody({
    type: InviteDto,
    examples: {
      mail: { summary: 'by mail', value: {} },
      response: { summary: 'in the answer', value: { delivery: 'response' } },
    },
  })
  @ApiAcceptedResponse({ type: InvitedDto })
  @ApiRequestErrors()
  @ApiErrors(ERROR.OWNER_PROTECTED, ERROR.RESOURCE_NOT_FOUND, ERROR.RESOURCE_CONFLICT)
  async invite(
    @CurrentCaller() caller: Caller,
    @ResourceId() id: string,
    @ValidBody() dto: InviteDto,
  ): Promise<InvitedDto> {
    if (dto.delivery === 'response') return invitedDto(await this.shown.show(caller, id));
    await this.invitations.send(caller, id);
    return {};
  }

  @Post('invitation/accept')
  @HttpCode(HttpStatus.OK)
  @Public()
  @ApiOperation({
    operationId: 'acceptInvitation',
    summary: 'Accept an invitation',
    description:
      'Sets the password of the invited user, who may then sign in. The link works once.',
  })
  @ApiOkResponse({ schema: { type: 'object', example: {} } })
  @ApiRequestErrors()
  @ApiErrors(ERROR.LINK_INVALID)
  async accept(
    @Client() client: ClientFacts,
    @ValidBody() { token, password }: AcceptInvitationDto,
  ): Promise<object> {
    await this.invitations.accept(token, password, client);
    return {};
  }
}
