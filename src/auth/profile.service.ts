import { Injectable } from '@nestjs/common';
import { createHash } from 'node:crypto';
import { unauthorized } from '../access/challenge.js';
import type { Principal } from '../access/principal.js';
import { ERROR } from '../common/errors/error-codes.js';
import { UsersService } from '../users/users.service.js';
import type { MeDto } from './dto/me.dto.js';

/** Says who the caller is. */
@Injectable()
export class ProfileService {
  constructor(private readonly users: UsersService) {}

  /** @throws CodedException 40103 when the user was deleted since the guard looked */
  async describe(principal: Principal): Promise<MeDto> {
    const user = await this.users.findById(principal.id);
    if (!user) throw unauthorized(ERROR.ACCESS_TOKEN_INVALID, { isTokenRefused: true });
    return {
      id: user.id,
      account_id: user.accountId,
      email_address: user.emailAddress,
      first_name: user.firstName,
      surname: user.surname,
      gravatar_url: gravatarUrl(user.canonicalEmail),
      is_owner: user.role === 'owner',
      is_verified: user.isVerified,
      created_at_utc: user.createdAt,
      modified_at_utc: user.modifiedAt,
      type: principal.type,
      role: user.role,
      scope: principal.granted,
    };
  }
}

/** Gravatar takes SHA-256 of the address, which its own documentation now prefers to MD5. */
function gravatarUrl(email: string): string {
  return `https://gravatar.com/avatar/${createHash('sha256').update(email).digest('hex')}`;
}
