import { Controller, Get } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiProperty, ApiTags } from '../common/openapi/swagger.js';
import { OwnSchema } from '../common/openapi/own-schema.decorator.js';
import { ScopeRegistry } from '../scopes/scope-registry.js';
import { Guarded } from './guarded.decorator.js';
import { RequireScopes } from './require-scopes.decorator.js';
import { RouteManifest } from './route-manifest.js';

@OwnSchema()
class ScopeDto {
  @ApiProperty({ example: 'users:write' })
  name!: string;

  @ApiProperty({ example: false, description: 'It can be given to a user or an API key' })
  is_role!: boolean;

  @ApiProperty({ type: [String], example: [] })
  includes!: readonly string[];

  @ApiProperty({ type: [String], example: ['POST /api/v1/account/user'] })
  routes!: readonly string[];
}

@ApiTags('Roles')
@Guarded()
@Controller('api/v1/scope')
export class ScopeCatalogueController {
  constructor(
    private readonly scopes: ScopeRegistry,
    private readonly manifest: RouteManifest,
  ) {}

  @Get()
  @RequireScopes()
  @ApiOperation({
    operationId: 'listScopes',
    summary: 'Every scope, what it includes, and the routes that need it',
    description: 'Roles are scopes too. The scopes of a host application are in the list.',
  })
  @ApiOkResponse({ type: ScopeDto, isArray: true })
  list(): ScopeDto[] {
    return this.scopes.names.map((name) => ({
      name,
      is_role: this.scopes.isRole(name),
      // A list of its own, which an interceptor of a host may change (S-208).
      includes: [...this.scopes.includesOf(name)],
      routes: this.manifest.entries
        .filter(({ rule }) => rule.kind === 'scopes' && rule.scopes.includes(name))
        .map(({ method, path }) => `${method} ${path}`),
    }));
  }
}
