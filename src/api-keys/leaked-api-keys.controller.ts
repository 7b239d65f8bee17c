import { Controller, HttpCode, HttpStatus, Post } from '@nestjs/common';
import { Guarded } from '../access/guarded.decorator.js';
import { Public } from '../access/public.decorator.js';
import { Client, clientOrigin, type ClientFacts } from '../common/client.decorator.js';
import { ERROR } from '../common/errors/error-codes.js';
import { ApiErrors } from '../common/openapi/api-errors.decorator.js';
import { ApiRequestErrors } from '../common/openapi/api-request-errors.decorator.js';
import { ApiAcceptedResponse, ApiOperation, ApiTags } from '../common/openapi/swagger.js';
import { ValidBody } from '../common/validation/valid-input.decorator.js';
import { LeakedApiKeyDto } from './dto/leaked-api-key.dto.js';
import { LeakedApiKeys } from './leaked-api-keys.js';

@ApiTags('API keys')
@Guarded()
@Controller('api/v1/api_key')
export class LeakedApiKeysController {
  constructor(private readonly leaked: LeakedApiKeys) {}

  @Post('leaked')
  @HttpCode(HttpStatus.ACCEPTED)
  @Public()
  @ApiOperation({
    operationId: 'reportLeakedApiKey',
    summary: 'Report an API key that you have found',
    description:
      'A live key is revoked before the answer, and its account is told. The answer is the same for every text.',
  })
  @ApiAcceptedResponse({ schema: { type: 'object', example: {} } })
  @ApiRequestErrors()
  @ApiErrors(ERROR.HTTPS_REQUIRED, ERROR.TOO_MANY_REQUESTS, ERROR.UNAVAILABLE)
  async report(
    @ValidBody() { api_key: apiKey }: LeakedApiKeyDto,
    @Client() client: ClientFacts,
  ): Promise<Record<string, never>> {
    await this.leaked.report(apiKey, clientOrigin(client));
    return {};
  }
}
