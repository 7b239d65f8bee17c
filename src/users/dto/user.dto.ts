import { ApiProperty, ApiPropertyOptional } from '../../common/openapi/swagger.js';
import { OwnSchema } from '../../common/openapi/own-schema.decorator.js';
import { IsBoolean, IsEmail, IsString, Matches, ValidateIf } from 'class-validator';
import { MaxCharacters } from '../../common/validation/max-characters.decorator.js';
import { MAX_EMAIL_LENGTH } from '../canonical-email.js';
import type { User } from '../user.entity.js';

@OwnSchema()
export class UserDto {
  @ApiProperty({ format: 'uuid', example: '2c5ea4c0-4067-41e9-8bad-9b1deb4d3b7d' })
  id!: string;

  @ApiProperty({ format: 'uuid', example: '0f8fad5b-d9cb-469f-a165-70867728950e' })
  account_id!: string;

  @ApiProperty({ example: 'grace@example.com' })
  email_address!: string;

  @ApiProperty({ example: 'Grace' })
  first_name!: string;

  @ApiProperty({ example: 'Hopper' })
  surname!: string;

  @ApiProperty({ example: 'standard' })
  role!: string;

  @ApiProperty({ example: false })
  is_owner!: boolean;

  @ApiProperty({ example: true })
  is_active!: boolean;

  @ApiProperty({ example: false, description: 'The address is confirmed' })
  is_verified!: boolean;

  @ApiProperty({ type: 'integer', nullable: true, example: 1712531293539 })
  last_sign_in_at!: number | null;

  @ApiProperty({ type: 'integer', example: 1712531293539 })
  created_at_utc!: number;

  @ApiProperty({ type: 'integer', example: 1712531293539 })
  modified_at_utc!: number;
}

export function userDto(user: User): UserDto {
  return {
    id: user.id,
    account_id: user.accountId,
    email_address: user.emailAddress,
    first_name: user.firstName,
    surname: user.surname,
    role: user.role,
    is_owner: user.role === 'owner',
    is_active: user.isActive,
    is_verified: user.isVerified,
    last_sign_in_at: user.lastSignInAt,
    created_at_utc: user.createdAt,
    modified_at_utc: user.modifiedAt,
  };
}

// class-validator runs the decorators from the bottom up and we report the first that fails, so the most
// basic one stands last.
@OwnSchema()
export class CreateUserDto {
  @ApiProperty({ example: 'grace@example.com', format: 'email', maxLength: MAX_EMAIL_LENGTH })
  @IsEmail({ allow_utf8_local_part: true })
  @MaxCharacters(MAX_EMAIL_LENGTH)
  @IsString()
  email_address!: string;

  @ApiProperty({ example: 'Grace', maxLength: 100 })
  @Matches(/\S/, { message: '$property must not be blank' })
  @MaxCharacters(100)
  @IsString()
  first_name!: string;

  @ApiProperty({ example: 'Hopper', maxLength: 100 })
  @MaxCharacters(100)
  @IsString()
  surname!: string;

  @ApiProperty({ example: 'standard', description: 'A role that you hold yourself' })
  @MaxCharacters(100)
  @IsString()
  role!: string;

  @ApiPropertyOptional({
    format: 'password',
    example: 'seven pale moons over a harbour',
    description: 'Without it the user is invited, and sets one',
  })
  @ValidateIf((dto: CreateUserDto) => dto.password !== undefined)
  @IsString()
  password?: string;
}

@OwnSchema()
export class ChangeOwnNamesDto {
  @ApiPropertyOptional({ example: 'Grace', maxLength: 100 })
  @ValidateIf((dto: ChangeOwnNamesDto) => dto.first_name !== undefined)
  @Matches(/\S/, { message: '$property must not be blank' })
  @MaxCharacters(100)
  @IsString()
  first_name?: string;

  @ApiPropertyOptional({ example: 'Hopper', maxLength: 100 })
  @ValidateIf((dto: ChangeOwnNamesDto) => dto.surname !== undefined)
  @MaxCharacters(100)
  @IsString()
  surname?: string;
}

/** The names that the request changes. */
export function namesIn({
  first_name: firstName,
  surname,
}: ChangeOwnNamesDto): Partial<Pick<User, 'firstName' | 'surname'>> {
  return {
    ...(firstName !== undefined && { firstName }),
    ...(surname !== undefined && { surname }),
  };
}

@OwnSchema()
export class ChangeUserDto extends ChangeOwnNamesDto {
  @ApiPropertyOptional({ example: 'read_only', description: 'A role that you hold yourself' })
  @ValidateIf((dto: ChangeUserDto) => dto.role !== undefined)
  @MaxCharacters(100)
  @IsString()
  role?: string;

  @ApiPropertyOptional({ example: true })
  @ValidateIf((dto: ChangeUserDto) => dto.is_active !== undefined)
  @IsBoolean()
  is_active?: boolean;
}
