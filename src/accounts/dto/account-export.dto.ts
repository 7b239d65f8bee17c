import { ApiProperty } from '../../common/openapi/swagger.js';
import { OwnSchema } from '../../common/openapi/own-schema.decorator.js';
import { AccountDto } from './account.dto.js';

const rows = { type: 'array', items: { type: 'object', additionalProperties: true } } as const;

/** What is held about an account; an export has further lists for what further rooms store. */
@OwnSchema()
export class AccountExportDto {
  @ApiProperty({ type: 'integer', example: 1712531293539, description: 'In ms since the epoch' })
  exported_at!: number;

  @ApiProperty({ type: AccountDto })
  account!: AccountDto;

  @ApiProperty({
    ...rows,
    example: [],
    description: 'As in their list, and when they were revoked',
  })
  api_keys!: readonly object[];

  @ApiProperty({ ...rows, example: [], description: 'As in their list, with all ids' })
  audit_records!: readonly object[];

  @ApiProperty({ ...rows, example: [], description: 'Open ones, without their tokens' })
  one_time_links!: readonly object[];

  @ApiProperty({ ...rows, example: [], description: 'Own roles' })
  roles!: readonly object[];

  @ApiProperty({ ...rows, example: [], description: 'Also those that have ended' })
  sessions!: readonly object[];

  @ApiProperty({
    ...rows,
    example: [],
    description: 'One for each network from which a user has signed in: when for the last time',
  })
  sign_in_networks!: readonly object[];

  @ApiProperty({ ...rows, example: [], description: 'As in their list' })
  users!: readonly object[];

  @ApiProperty({ ...rows, example: [], description: 'As in their list, with the `webhook_id`' })
  webhook_deliveries!: readonly object[];

  @ApiProperty({ ...rows, example: [], description: 'As in their list, without their secrets' })
  webhooks!: readonly object[];
}
