import { Controller, HttpCode, HttpStatus, Patch, Put } from '@nestjs/common';
import {
  ApiNoContentResponse,
  ApiOkResponse,
  ApiOperation,
  ApiTags,
} from '../common/openapi/swagger.js';
import { CurrentCaller } from '../access/current-caller.decorator.js';
import { Guarded } from '../access/guarded.decorator.js';
import type { Caller } from '../access/principal.js';
import { RequireUser } from '../access/require-scopes.decorator.js';
import { ERROR } from '../common/errors/error-codes.js';
import { ApiErrors } from '../common/openapi/api-errors.decorator.js';
import { ApiRequestErrors } from '../common/openapi/api-request-errors.decorator.js';
import { ValidBody } from '../common/validation/valid-input.decorator.js';
import { ChangePasswordDto } from './dto/password.dto.js';
import { ChangeOwnNamesDto, namesIn, userDto, UserDto } from './dto/user.dto.js';
import { OwnUserService } from './own-user.service.js';

@ApiTags('Users')
@Guarded()
@Controller('api/v1/account/user/me')
export class OwnUserController {
  constructor(private readonly ownUser: OwnUserService) {}

  @Patch()
  @RequireUser()
  @ApiOperation({
    operationId: 'renameMe',
    summary: 'Change your own names',
    description: 'Members that are left out stay as they are.',
  })
  @ApiOkResponse({ type: UserDto })
  @ApiRequestErrors()
  @ApiErrors(ERROR.RESOURCE_NOT_FOUND)
  async rename(
    @CurrentCaller() principal: Caller,
    @ValidBody() dto: ChangeOwnNamesDto,
  ): Promise<UserDto> {
    return userDto(await this.ownUser.rename(principal, namesIn(dto)));
  }

  @Put('password')
  @HttpCode(HttpStatus.NO_CONTENT)
  @RequireUser()
  @ApiOperation({
    operationId: 'changePassword',
    summary: 'Change your own password',
    description: 'Ends all your other sessions.',
  })
  @ApiNoContentResponse()
  @ApiRequestErrors()
  @ApiErrors(ERROR.CREDENTIALS_INCORRECT)
  changePassword(
    @CurrentCaller() principal: Caller,
    @ValidBody() dto: ChangePasswordDto,
  ): Promise<void> {
    return this.ownUser.changePassword(principal, dto.current_password, dto.new_password);
  }
}
