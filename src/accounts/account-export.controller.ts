import { Controller, Get, StreamableFile } from '@nestjs/common';
import { Readable } from 'node:stream';
import { CurrentCaller } from '../access/current-caller.decorator.js';
import { Guarded } from '../access/guarded.decorator.js';
import type { Caller } from '../access/principal.js';
import { RequireUser } from '../access/require-scopes.decorator.js';
import { ERROR } from '../common/errors/error-codes.js';
import { ApiErrors } from '../common/openapi/api-errors.decorator.js';
import { ApiOkResponse, ApiOperation, ApiTags } from '../common/openapi/swagger.js';
import { AccountExportService } from './account-export.service.js';
import { AccountExportDto } from './dto/account-export.dto.js';

/** The types of Nest know less of a response than the frameworks have. */
type AnyResponse = Readonly<{ destroy?: () => void }>;

@ApiTags('Accounts')
@Guarded()
@Controller('api/v1/account/export')
export class AccountExportController {
  constructor(private readonly accountExport: AccountExportService) {}

  @Get()
  @RequireUser('owner')
  @ApiOperation({
    operationId: 'exportAccount',
    summary: 'Everything that is held about your account',
    description:
      'One JSON document, without passwords, secrets and their digests. It is sent while it is read: an answer that breaks off is not complete.',
  })
  @ApiOkResponse({ type: AccountExportDto })
  @ApiErrors(ERROR.RESOURCE_NOT_FOUND)
  async export(@CurrentCaller() caller: Caller): Promise<StreamableFile> {
    const json = await this.accountExport.begin(caller);
    const file = new StreamableFile(Readable.from(json, { objectMode: false }), {
      type: 'application/json; charset=utf-8',
      disposition: 'attachment; filename="account.json"',
    });
    // The head has been sent: only a broken connection tells the client that the rest is missing.
    return file.setErrorHandler((_error, response) => (response as AnyResponse).destroy?.());
  }
}
