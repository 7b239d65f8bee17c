import { Controller, Get, HttpStatus, Res } from '@nestjs/common';
import {
  ApiOkResponse,
  ApiOperation,
  ApiServiceUnavailableResponse,
  ApiTags,
} from '../common/openapi/swagger.js';
import { HttpAdapterHost } from '@nestjs/core';
import { Guarded } from '../access/guarded.decorator.js';
import { Public } from '../access/public.decorator.js';
import { Database } from '../database/database.js';

@ApiTags('Operation')
@Guarded()
@Controller('health')
export class HealthController {
  constructor(
    private readonly database: Database,
    private readonly adapterHost: HttpAdapterHost,
  ) {}

  @Get()
  @Public()
  @ApiOperation({
    operationId: 'health',
    summary: 'Up or down',
    description: 'Answers over plain HTTP too, for a probe inside a cluster.',
  })
  @ApiOkResponse({ schema: { example: { status: 'up' } } })
  @ApiServiceUnavailableResponse({ schema: { example: { status: 'down' } } })
  async check(@Res({ passthrough: true }) response: unknown): Promise<{ status: 'up' | 'down' }> {
    const isUp = await this.database
      .read((manager) => manager.query('SELECT 1'))
      .then(
        () => true,
        () => false,
      );
    if (!isUp) this.adapterHost.httpAdapter.status(response, HttpStatus.SERVICE_UNAVAILABLE);
    return { status: isUp ? 'up' : 'down' };
  }
}
