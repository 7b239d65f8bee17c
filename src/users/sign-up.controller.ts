import { Controller, HttpCode, HttpStatus, Post } from '@nestjs/common';
import { ApiAcceptedResponse, ApiOperation, ApiTags } from '../common/openapi/swagger.js';
import { Public } from '../access/public.decorator.js';
import { Guarded } from '../access/guarded.decorator.js';
import { Client, type ClientFacts } from '../common/client.decorator.js';
import { ERROR } from '../common/errors/error-codes.js';
import { ApiErrors } from '../common/openapi/api-errors.decorator.js';
import { ApiRequestErrors } from '../common/openapi/api-request-errors.decorator.js';
import { ValidBody } from '../common/validation/valid-input.decorator.js';
import { SignUpAcceptedDto, SignUpDto } from './dto/sign-up.dto.js';
import { SignUpService } from './sign-up.service.js';

@ApiTags('Sign-up')
@Guarded()
@Controller('api/v1/account')
export class SignUpController {
  constructor(private readonly signUp: SignUpService) {}

  @Post()
  @HttpCode(HttpStatus.ACCEPTED)
  @Public()
  @ApiOperation({
    operationId: 'signUp',
    summary: 'Open an account',
    description:
      'Makes an account and its owner. The answer is the same when the address is taken, so that nobody learns who has an account.',
  })
  @ApiAcceptedResponse({ type: SignUpAcceptedDto })
  @ApiRequestErrors()
  @ApiErrors(
    ERROR.HTTPS_REQUIRED,
    ERROR.SIGN_UP_REFUSED,
    ERROR.TOO_MANY_REQUESTS,
    ERROR.UNAVAILABLE,
  )
  async create(
    @ValidBody() dto: SignUpDto,
    @Client() client: ClientFacts,
  ): Promise<SignUpAcceptedDto> {
    return { account_id: await this.signUp.signUp(dto, client) };
  }
}
