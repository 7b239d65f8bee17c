import { IsIn, IsString, ValidateIf } from 'class-validator';
import { EXAMPLE_USER } from '../../common/openapi/example-user.js';
import { OwnSchema } from '../../common/openapi/own-schema.decorator.js';
import { ApiProperty, ApiPropertyOptional } from '../../common/openapi/swagger.js';
import type { ShownLink } from '../shown-links.js';

export const EXAMPLE_TOKEN = 'ExampleOfTokenFromTheLinkWhichHasSixtyFourCharactersInBaseSixtyF';

@OwnSchema()
export class InviteDto {
  @ApiPropertyOptional({
    enum: ['mail', 'response'],
    example: 'mail',
    description: '`response`: the link is in the answer, and is not sent',
  })
  @ValidateIf((dto: InviteDto) => dto.delivery !== undefined)
  @IsIn(['mail', 'response'])
  delivery?: 'mail' | 'response';
}

/** Without members, unless the link is to be in the answer. */
@OwnSchema()
export class InvitedDto {
  @ApiPropertyOptional({
    example: `https://auth.example.com/link/invitation?token=${EXAMPLE_TOKEN}`,
    description: 'The page that sets the password',
  })
  url?: string;

  @ApiPropertyOptional({ example: EXAMPLE_TOKEN })
  token?: string;

  @ApiPropertyOptional({ type: 'integer', example: 1712531293539 })
  expires_at?: number;
}

export function invitedDto({ url, token, expiresAt }: ShownLink): InvitedDto {
  return { url, token, expires_at: expiresAt };
}

@OwnSchema()
export class AcceptInvitationDto {
  @ApiProperty({ example: EXAMPLE_TOKEN, description: 'From the link' })
  @IsString()
  token!: string;

  @ApiProperty({ format: 'password', example: EXAMPLE_USER.password })
  @IsString()
  password!: string;
}
