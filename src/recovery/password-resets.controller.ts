import { Controller, HttpCode, HttpStatus, Post } from '@nestjs/common';
import { Guarded } from '../access/guarded.decorator.js';
import { Public } from '../access/public.decorator.js';
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
import { ConfirmPasswordResetDto, RequestPasswordResetDto } from './dto/password-reset.dto.js';
import { PasswordResets } from './password-resets.js';

@ApiTags('Password reset')
@Guarded()
@Controller('api/v1/account/password_reset')
export class PasswordResetsController {
  constructor(private readonly resets: PasswordResets) {}

  @Post()
  @HttpCode(HttpStatus.ACCEPTED)
  @Public()
  @ApiOperation({
    operationId: 'requestPasswordReset',
    summary: 'Ask for a password reset',
    description:
      'Sends a link to the user of the address. The answer is the same for every address, so that nobody learns who has an account.',
  })
  @ApiAcceptedResponse({ schema: { type: 'object', example: {} } })
  @ApiRequestErrors()
  async request(
    @Client() client: ClientFacts,
    @ValidBody() { email_address }: RequestPasswordResetDto,
  ): Promise<object> {
    await this.resets.request(email_address, client);
    return {};
  }

  @Post('confirm')
  @HttpCode(HttpStatus.OK)
  @Public()
  @ApiOperation({
    operationId: 'confirmPasswordReset',
    summary: 'Set a new password',
    description: 'Ends all sessions of the user. The link works once, within the hour.',
  })
  @ApiOkResponse({ schema: { type: 'object', example: {} } })
  @ApiRequestErrors()
  @ApiErrors(ERROR.LINK_INVALID)
  async confirm(
    @Client() client: ClientFacts,
    @ValidBody() { token, new_password }: ConfirmPasswordResetDto,
  ): Promise<object> {
    await this.resets.confirm(token, new_password, client);
    return {};
  }
}
