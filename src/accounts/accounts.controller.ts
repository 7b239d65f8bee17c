import { Controller, Get, Patch } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '../common/openapi/swagger.js';
import { CurrentCaller } from '../access/current-caller.decorator.js';
import { Guarded } from '../access/guarded.decorator.js';
import type { Caller, Principal } from '../access/principal.js';
import { RequireScopes } from '../access/require-scopes.decorator.js';
import { VerifiedPrincipal } from '../access/verified-principal.decorator.js';
import { ERROR } from '../common/errors/error-codes.js';
import { ApiErrors } from '../common/openapi/api-errors.decorator.js';
import { ApiRequestErrors } from '../common/openapi/api-request-errors.decorator.js';
import { ValidBody } from '../common/validation/valid-input.decorator.js';
import { AccountsService } from './accounts.service.js';
import { AccountDto, accountDto, ChangeAccountDto } from './dto/account.dto.js';

@ApiTags('Accounts')
@Guarded()
@Controller('api/v1/account')
export class AccountsController {
  constructor(private readonly accounts: AccountsService) {}

  @Get()
  @RequireScopes('account:read')
  @ApiOperation({
    operationId: 'getAccount',
    summary: 'Your account',
    description: 'The account that the credential belongs to.',
  })
  @ApiOkResponse({ type: AccountDto })
  @ApiErrors(ERROR.RESOURCE_NOT_FOUND)
  async get(@VerifiedPrincipal() { accountId }: Principal): Promise<AccountDto> {
    return accountDto(await this.accounts.get(accountId));
  }

  @Patch()
  @RequireScopes('account:write')
  @ApiOperation({
    operationId: 'changeAccount',
    summary: 'Change your account',
    description: 'Members that are left out stay as they are.',
  })
  @ApiOkResponse({ type: AccountDto })
  @ApiRequestErrors()
  @ApiErrors(ERROR.RESOURCE_NOT_FOUND)
  async change(
    @CurrentCaller() principal: Caller,
    @ValidBody() { account_name: name, country }: ChangeAccountDto,
  ): Promise<AccountDto> {
    const changes = {
      ...(name !== undefined && { name }),
      ...(country !== undefined && { country }),
    };
    return accountDto(await this.accounts.change(principal, changes));
  }
}
