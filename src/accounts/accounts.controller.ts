import { Body, Controller, Get, Patch } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '../common/openapi/swagger.js';
import { CurrentCaller } from '../access/current-caller.decorator.js';
import { CurrentPrincipal } from '../access/current-principal.decorator.js';
import { Guarded } from '../access/guarded.decorator.js';
import type { Caller, Principal } from '../access/principal.js';
import { RequireScopes } from '../access/require-scopes.decorator.js';
import { ERROR } from '../common/errors/error-codes.js';
import { ApiErrors } from '../common/openapi/api-errors.decorator.js';
import { ApiRequestErrors } from '../common/openapi/api-request-errors.decorator.js';
import { AccountsService } from './accounts.service.js';
import { AccountDto, accountDto, ChangeAccountDto } from './dto/account.dto.js';

@ApiTags('Accounts')
@Guarded()
@Controller('api/v1/account')
export class AccountsController {
  constructor(private readonly accounts: AccountsService) {}

  @Get()
  @RequireScopes('account:read')
  @ApiOperation({ operationId: 'getAccount', summary: 'Your account' })
  @ApiOkResponse({ type: AccountDto })
  @ApiErrors(ERROR.RESOURCE_NOT_FOUND)
  async get(@CurrentPrincipal() { accountId }: Principal): Promise<AccountDto> {
    return accountDto(await this.accounts.get(accountId));
  }

  @Patch()
  @RequireScopes('account:write')
  @ApiOperation({ operationId: 'changeAccount', summary: 'Change your account' })
  @ApiOkResponse({ type: AccountDto })
  @ApiRequestErrors()
  @ApiErrors(ERROR.RESOURCE_NOT_FOUND)
  async change(
    @CurrentCaller() principal: Caller,
    @Body() { account_name: name, country }: ChangeAccountDto,
  ): Promise<AccountDto> {
    const changes = {
      ...(name !== undefined && { name }),
      ...(country !== undefined && { country }),
    };
    return accountDto(await this.accounts.change(principal, changes));
  }
}
