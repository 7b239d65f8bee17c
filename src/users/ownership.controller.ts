import { Controller, Delete, HttpCode, HttpStatus, Post } from '@nestjs/common';
import { ApiNoContentResponse, ApiOperation, ApiTags } from '../common/openapi/swagger.js';
import { CurrentCaller } from '../access/current-caller.decorator.js';
import { Guarded } from '../access/guarded.decorator.js';
import type { Caller } from '../access/principal.js';
import { RequireUser } from '../access/require-scopes.decorator.js';
import { ERROR } from '../common/errors/error-codes.js';
import { ApiErrors } from '../common/openapi/api-errors.decorator.js';
import { ApiRequestErrors } from '../common/openapi/api-request-errors.decorator.js';
import { ValidBody } from '../common/validation/valid-input.decorator.js';
import { ConfirmPasswordDto, HandOverDto } from './dto/password.dto.js';
import { OwnershipService } from './ownership.service.js';

@ApiTags('Accounts')
@Guarded()
@Controller('api/v1/account')
export class OwnershipController {
  constructor(private readonly ownership: OwnershipService) {}

  @Delete()
  @HttpCode(HttpStatus.NO_CONTENT)
  @RequireUser('account:delete')
  @ApiOperation({
    operationId: 'deleteAccount',
    summary: 'Delete your account and everything in it',
    description: 'For good: its users, API keys, roles and sessions go with it.',
  })
  @ApiNoContentResponse()
  @ApiRequestErrors()
  @ApiErrors(ERROR.CREDENTIALS_INCORRECT)
  delete(
    @CurrentCaller() principal: Caller,
    @ValidBody() { password }: ConfirmPasswordDto,
  ): Promise<void> {
    return this.ownership.deleteAccount(principal, password);
  }

  @Post('owner')
  @HttpCode(HttpStatus.NO_CONTENT)
  @RequireUser('owner')
  @ApiOperation({
    operationId: 'handOver',
    summary: 'Make somebody else the owner',
    description: 'You become an admin. Both of you have to sign in again.',
  })
  @ApiNoContentResponse()
  @ApiRequestErrors()
  @ApiErrors(ERROR.CREDENTIALS_INCORRECT, ERROR.RESOURCE_NOT_FOUND)
  handOver(
    @CurrentCaller() principal: Caller,
    @ValidBody() { user_id: userId, password }: HandOverDto,
  ): Promise<void> {
    return this.ownership.handOver(principal, userId, password);
  }
}
