import { applyDecorators, Controller, Get, HttpStatus, Res } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { Guarded } from '../access/guarded.decorator.js';
import { Public } from '../access/public.decorator.js';
import {
  ApiOkResponse,
  ApiOperation,
  ApiServiceUnavailableResponse,
  ApiTags,
} from '../common/openapi/swagger.js';
import { DatabaseProbe } from './database-probe.js';
import { Readiness } from './readiness.js';
import { StoreProbe } from './store-probe.js';

interface Health {
  readonly status: 'up' | 'down';
}

const PLAIN = 'Answers over plain HTTP too, for a probe inside a cluster.';

@ApiTags('Operation')
@Guarded()
@Controller('health')
export class HealthController {
  constructor(
    private readonly database: DatabaseProbe,
    private readonly store: StoreProbe,
    private readonly readiness: Readiness,
    private readonly adapterHost: HttpAdapterHost,
  ) {}

  @Get()
  @Public()
  @ApiOperation({
    operationId: 'health',
    summary: 'As /health/ready',
    description: `Its old name. ${PLAIN}`,
  })
  @ApiUpOrDown()
  health(@Res({ passthrough: true }) response: unknown): Promise<Health> {
    return this.ready(response);
  }

  @Get('ready')
  @Public()
  @ApiOperation({
    operationId: 'ready',
    summary: 'Whether requests may be sent here',
    description: `Down without the database or, where REDIS_URL is set, Redis, and from the beginning of a shutdown. ${PLAIN}`,
  })
  @ApiUpOrDown()
  async ready(@Res({ passthrough: true }) response: unknown): Promise<Health> {
    const answers = await Promise.all([this.database.isUp(), this.store.isUp()]);
    const isUp = !this.readiness.isEnding && !answers.includes(false);
    if (!isUp) this.adapterHost.httpAdapter.status(response, HttpStatus.SERVICE_UNAVAILABLE);
    return { status: isUp ? 'up' : 'down' };
  }

  @Get('live')
  @Public()
  @ApiOperation({
    operationId: 'live',
    summary: 'Whether the process answers',
    description: `Never asks a database. ${PLAIN}`,
  })
  @ApiOkResponse({ schema: schemaOf('up') })
  live(): Health {
    return { status: 'up' };
  }
}

function ApiUpOrDown(): MethodDecorator {
  return applyDecorators(
    ApiOkResponse({ schema: schemaOf('up') }),
    ApiServiceUnavailableResponse({ schema: schemaOf('down') }),
  );
}

function schemaOf(status: Health['status']) {
  return {
    type: 'object',
    required: ['status'],
    properties: { status: { type: 'string', enum: [status], example: status } },
    additionalProperties: false,
  };
}
