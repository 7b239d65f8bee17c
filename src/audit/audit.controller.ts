import { Controller, Get } from '@nestjs/common';
import { Guarded } from '../access/guarded.decorator.js';
import type { Principal } from '../access/principal.js';
import { RequireScopes } from '../access/require-scopes.decorator.js';
import { VerifiedPrincipal } from '../access/verified-principal.decorator.js';
import { ApiOperation, ApiTags } from '../common/openapi/swagger.js';
import { Paged, type FilteredPage } from '../common/paging/paged.decorator.js';
import { mapPage } from '../common/paging/pages.js';
import { ValidQuery } from '../common/validation/valid-input.decorator.js';
import { AuditService } from './audit.service.js';
import { auditFilters, AuditQuery } from './dto/audit-query.js';
import { AuditRecordDto, auditRecordDto } from './dto/audit-record.dto.js';

@ApiTags('Audit')
@Guarded()
@Controller('api/v1/account/audit')
export class AuditController {
  constructor(private readonly audit: AuditService) {}

  @Get()
  @RequireScopes('audit:read')
  @ApiOperation({
    operationId: 'listAuditRecords',
    summary: 'The audit trail of your account',
    description: 'What happened in your account and who did it, newest first, one page at a time.',
  })
  @Paged(AuditRecordDto)
  async list(
    @VerifiedPrincipal() principal: Principal,
    @ValidQuery() query: AuditQuery,
  ): Promise<FilteredPage<AuditRecordDto>> {
    const page = await this.audit.list(principal, query, auditFilters(query));
    return { ...mapPage(page, auditRecordDto), query };
  }
}
