import { ApiProperty, ApiPropertyOptional } from '../../common/openapi/swagger.js';
import { OwnSchema } from '../../common/openapi/own-schema.decorator.js';
import { ArrayMaxSize, IsArray, IsString, Matches, ValidateIf } from 'class-validator';
import { MaxCharacters } from '../../common/validation/max-characters.decorator.js';
import { MAX_SCOPE_NAME, ROLE_NAME } from '../../scopes/scope-table.js';
import type { RoleView } from '../role-view.js';

@OwnSchema()
export class RoleDto {
  @ApiProperty({ format: 'uuid', example: '3d0d2c1e-5a1b-4f6e-8c59-0c4c7f3d9a10' })
  id!: string;

  @ApiProperty({ example: 'key_keeper' })
  name!: string;

  @ApiProperty({ type: String, nullable: true, example: 'Looks after the API keys' })
  description!: string | null;

  @ApiProperty({ type: [String], example: ['read_only', 'api_keys:write'] })
  scopes!: readonly string[];

  @ApiProperty({ example: false, description: 'Every account has it, and nobody can change it' })
  is_system!: boolean;

  @ApiProperty({ type: 'integer', example: 1712531293539 })
  created_at_utc!: number;

  @ApiProperty({ type: 'integer', example: 1712531293539 })
  modified_at_utc!: number;
}

export function roleDto(role: RoleView): RoleDto {
  return {
    id: role.id,
    name: role.name,
    description: role.description,
    scopes: [...role.scopes],
    is_system: role.isSystem,
    created_at_utc: role.createdAt,
    modified_at_utc: role.modifiedAt,
  };
}

@OwnSchema()
export class DefineRoleDto {
  @ApiProperty({ example: 'key_keeper', maxLength: MAX_SCOPE_NAME, pattern: ROLE_NAME.source })
  @Matches(ROLE_NAME, {
    message: '$property must be lower-case letters, digits, - and _, and begin with a letter',
  })
  @MaxCharacters(MAX_SCOPE_NAME)
  @IsString()
  name!: string;

  @ApiPropertyOptional({ example: 'Looks after the API keys', maxLength: 255 })
  @ValidateIf((dto: DefineRoleDto) => dto.description !== undefined)
  @MaxCharacters(255)
  @IsString()
  description?: string;

  @ApiProperty({
    type: [String],
    example: ['read_only', 'api_keys:write'],
    description: 'Scopes, roles, and other roles of the account; what you hold yourself',
  })
  @MaxCharacters(MAX_SCOPE_NAME, { each: true })
  @IsString({ each: true })
  @ArrayMaxSize(50)
  @IsArray()
  scopes!: string[];
}
