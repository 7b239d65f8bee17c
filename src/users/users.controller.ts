import { Controller, Delete, Get, HttpCode, HttpStatus, Patch, Post } from '@nestjs/common';
import {
  ApiCreatedResponse,
  ApiNoContentResponse,
  ApiOkResponse,
  ApiOperation,
  ApiTags,
} from '../common/openapi/swagger.js';
import { CurrentCaller } from '../access/current-caller.decorator.js';
import { Guarded } from '../access/guarded.decorator.js';
import type { Caller, Principal } from '../access/principal.js';
import { RequireScopes } from '../access/require-scopes.decorator.js';
import { VerifiedPrincipal } from '../access/verified-principal.decorator.js';
import { ERROR } from '../common/errors/error-codes.js';
import { ApiErrors } from '../common/openapi/api-errors.decorator.js';
import { ApiRequestErrors } from '../common/openapi/api-request-errors.decorator.js';
import { PageQuery } from '../common/paging/page-query.js';
import { Paged } from '../common/paging/paged.decorator.js';
import { mapPage, type Page } from '../common/paging/pages.js';
import { ResourceId } from '../common/resource-id.decorator.js';
import { ValidBody, ValidQuery } from '../common/validation/valid-input.decorator.js';
import { ChangeUserDto, CreateUserDto, namesIn, userDto, UserDto } from './dto/user.dto.js';
import { MembersService } from './members.service.js';
import { NewMembersService } from './new-members.service.js';

@ApiTags('Users')
@Guarded()
@Controller('api/v1/account/user')
export class UsersController {
  constructor(
    private readonly members: MembersService,
    private readonly newMembers: NewMembersService,
  ) {}

  @Get()
  @RequireScopes('users:read')
  @ApiOperation({
    operationId: 'listUsers',
    summary: 'Users of your account',
    description: 'Newest first, one page at a time.',
  })
  @Paged(UserDto)
  async list(
    @VerifiedPrincipal() principal: Principal,
    @ValidQuery() query: PageQuery,
  ): Promise<Page<UserDto>> {
    return mapPage(await this.members.list(principal, query), userDto);
  }

  @Get(':id')
  @RequireScopes('users:read')
  @ApiOperation({
    operationId: 'getUser',
    summary: 'One user of your account',
    description: 'A user of another account is answered like one that does not exist.',
  })
  @ApiOkResponse({ type: UserDto })
  @ApiErrors(ERROR.RESOURCE_NOT_FOUND)
  async get(@VerifiedPrincipal() principal: Principal, @ResourceId() id: string): Promise<UserDto> {
    return userDto(await this.members.get(principal, id));
  }

  @Post()
  @RequireScopes('users:write')
  @ApiOperation({
    operationId: 'createUser',
    summary: 'Add a user',
    description:
      'The role can be none that you do not hold yourself, and never `owner`. Without a password the user is invited by mail.',
  })
  @ApiCreatedResponse({ type: UserDto })
  @ApiRequestErrors()
  @ApiErrors(ERROR.OWNER_PROTECTED, ERROR.RESOURCE_NOT_FOUND, ERROR.RESOURCE_CONFLICT)
  async create(
    @CurrentCaller() principal: Caller,
    @ValidBody() dto: CreateUserDto,
  ): Promise<UserDto> {
    const user = await this.newMembers.create(principal, {
      emailAddress: dto.email_address,
      firstName: dto.first_name,
      surname: dto.surname,
      role: dto.role,
      password: dto.password,
    });
    return userDto(user);
  }

  @Patch(':id')
  @RequireScopes('users:write')
  @ApiOperation({
    operationId: 'changeUser',
    summary: 'Change a user',
    description: 'A changed role and a deactivation end the sessions of that user at once.',
  })
  @ApiOkResponse({ type: UserDto })
  @ApiRequestErrors()
  @ApiErrors(ERROR.OWNER_PROTECTED, ERROR.RESOURCE_NOT_FOUND)
  async change(
    @CurrentCaller() principal: Caller,
    @ResourceId() id: string,
    @ValidBody() dto: ChangeUserDto,
  ): Promise<UserDto> {
    const { role, is_active: isActive } = dto;
    const changes = {
      ...namesIn(dto),
      ...(role !== undefined && { role }),
      ...(isActive !== undefined && { isActive }),
    };
    return userDto(await this.members.change(principal, id, changes));
  }

  @Delete(':id')
  @HttpCode(HttpStatus.NO_CONTENT)
  @RequireScopes('users:write')
  @ApiOperation({
    operationId: 'deleteUser',
    summary: 'Delete a user',
    description:
      'Their sessions end. API keys that they made stay, because keys belong to the account.',
  })
  @ApiNoContentResponse()
  @ApiErrors(ERROR.OWNER_PROTECTED, ERROR.RESOURCE_NOT_FOUND)
  delete(@CurrentCaller() principal: Caller, @ResourceId() id: string): Promise<void> {
    return this.members.delete(principal, id);
  }

  @Delete(':id/session')
  @HttpCode(HttpStatus.NO_CONTENT)
  @RequireScopes('users:write')
  @ApiOperation({
    operationId: 'endUserSessions',
    summary: 'Sign a user out everywhere',
    description:
      "Ends all sessions of that user. The owner's can be ended by the owner alone, as own sessions.",
  })
  @ApiNoContentResponse()
  @ApiErrors(ERROR.OWNER_PROTECTED, ERROR.RESOURCE_NOT_FOUND)
  endSessions(@CurrentCaller() principal: Caller, @ResourceId() id: string): Promise<void> {
    return this.members.endSessions(principal, id);
  }
}
