import { Controller, Delete, Get, HttpCode, HttpStatus, Post, Put } from '@nestjs/common';
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
import { DefineRoleDto, roleDto, RoleDto } from './dto/role.dto.js';
import type { RoleDefinition } from './role-view.js';
import { RolesService } from './roles.service.js';

@ApiTags('Roles')
@Guarded()
@Controller('api/v1/account/role')
export class RolesController {
  constructor(private readonly roles: RolesService) {}

  @Get()
  @RequireScopes('roles:read')
  @ApiOperation({
    operationId: 'listRoles',
    summary: 'Roles that can be given away',
    description: 'The roles of your account first, then the system roles; one page at a time.',
  })
  @Paged(RoleDto)
  async list(
    @VerifiedPrincipal() principal: Principal,
    @ValidQuery() query: PageQuery,
  ): Promise<Page<RoleDto>> {
    return mapPage(await this.roles.list(principal, query), roleDto);
  }

  @Post()
  @RequireScopes('roles:write')
  @ApiOperation({
    operationId: 'createRole',
    summary: 'Add a role of your own',
    description: 'It can include nothing that you do not hold yourself.',
  })
  @ApiCreatedResponse({ type: RoleDto })
  @ApiRequestErrors()
  @ApiErrors(ERROR.RESOURCE_NOT_FOUND, ERROR.RESOURCE_CONFLICT, ERROR.LIMIT_REACHED)
  async create(
    @CurrentCaller() principal: Caller,
    @ValidBody() dto: DefineRoleDto,
  ): Promise<RoleDto> {
    return roleDto(await this.roles.create(principal, definition(dto)));
  }

  @Put(':id')
  @RequireScopes('roles:write')
  @ApiOperation({
    operationId: 'replaceRole',
    summary: 'Change a role of your own',
    description: 'Counts from the next request of everybody who has it.',
  })
  @ApiOkResponse({ type: RoleDto })
  @ApiRequestErrors()
  @ApiErrors(ERROR.RESOURCE_NOT_FOUND, ERROR.RESOURCE_CONFLICT)
  async replace(
    @CurrentCaller() principal: Caller,
    @ResourceId() id: string,
    @ValidBody() dto: DefineRoleDto,
  ): Promise<RoleDto> {
    return roleDto(await this.roles.replace(principal, id, definition(dto)));
  }

  @Delete(':id')
  @HttpCode(HttpStatus.NO_CONTENT)
  @RequireScopes('roles:write')
  @ApiOperation({
    operationId: 'deleteRole',
    summary: 'Delete a role that nobody has',
    description:
      'A role that a user, an API key or another role has is refused, and so is a system role.',
  })
  @ApiNoContentResponse()
  @ApiErrors(ERROR.RESOURCE_NOT_FOUND, ERROR.RESOURCE_CONFLICT)
  delete(@CurrentCaller() principal: Caller, @ResourceId() id: string): Promise<void> {
    return this.roles.delete(principal, id);
  }
}

function definition({ name, description, scopes }: DefineRoleDto): RoleDefinition {
  return { name, description: description ?? null, scopes: [...new Set(scopes)] };
}
