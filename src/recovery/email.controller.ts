import { Controller, HttpCode, HttpStatus, Post, Put } from '@nestjs/common';
import { CurrentCaller } from '../access/current-caller.decorator.js';
import { Guarded } from '../access/guarded.decorator.js';
import type { Caller } from '../access/principal.js';
import { Public } from '../access/public.decorator.js';
import { RequireUser } from '../access/require-scopes.decorator.js';
import { Client, type ClientFacts } from '../common/client.decorator.js';
import { ERROR } from '../common/errors/error-codes.js';
import { ApiErrors } from '../common/openapi/api-errors.decorator.js';
import { ApiRequestErrors } from '../common/openapi/api-request-errors.decorator.js';
import {
  ApiAcceptedResponse,
  ApiOkResponse,
  ApiOperation,
  ApiTags,
} from '../common/openapi/swagger.js';
import { ValidBody } from '../common/validation/valid-input.decorator.js';
import { EmailVerifications } from '../users/email-verifications.js';
import { ChangeEmailDto, VerifyEmailDto } from './dto/email.dto.js';
import { EmailAddresses } from './email-addresses.js';

const EMPTY = { schema: { type: 'object', example: {} } } as const;

@ApiTags('Users')
@Guarded()
@Controller('api/v1/account')
export class EmailController {
  constructor(
    private readonly addresses: EmailAddresses,
    private readonly verifications: EmailVerifications,
  ) {}

  @Post('email/verify')
  @HttpCode(HttpStatus.OK)
  @Public()
  @ApiOperation({
    operationId: 'verifyEmail',
    summary: 'Confirm an address',
    description:
      'Takes the token of a link that was sent to the address: to a new user, or to the new address of a user who changes it.',
  })
  @ApiOkResponse(EMPTY)
  @ApiRequestErrors()
  @ApiErrors(ERROR.LINK_INVALID, ERROR.HTTPS_REQUIRED, ERROR.UNAVAILABLE)
  async verify(
    @ValidBody() { token }: VerifyEmailDto,
    @Client() client: ClientFacts,
  ): Promise<Record<string, never>> {
    await this.addresses.confirm(token, client);
    return {};
  }

  @Post('email/verification')
  @HttpCode(HttpStatus.ACCEPTED)
  @RequireUser()
  @ApiOperation({
    operationId: 'requestEmailVerification',
    summary: 'Ask for the link that confirms your address',
    description: 'Sends it anew; the answer is the same when the address is confirmed already.',
  })
  @ApiAcceptedResponse(EMPTY)
  @ApiErrors(ERROR.RESOURCE_NOT_FOUND)
  async requestVerification(@CurrentCaller() caller: Caller): Promise<Record<string, never>> {
    await this.verifications.request(caller, caller.id);
    return {};
  }

  @Put('user/me/email')
  @HttpCode(HttpStatus.ACCEPTED)
  @RequireUser()
  @ApiOperation({
    operationId: 'changeEmail',
    summary: 'Change your own address',
    description:
      'Takes effect when the new address confirms by the link that is sent there; the old one is told. The answer is the same for an address that is in use.',
  })
  @ApiAcceptedResponse(EMPTY)
  @ApiRequestErrors()
  @ApiErrors(ERROR.CREDENTIALS_INCORRECT)
  async change(
    @CurrentCaller() caller: Caller,
    @ValidBody() dto: ChangeEmailDto,
  ): Promise<Record<string, never>> {
    await this.addresses.requestChange(caller, dto.current_password, dto.new_email_address);
    return {};
  }
}
