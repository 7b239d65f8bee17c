import { Injectable } from '@nestjs/common';
import { createHash } from 'node:crypto';
import { unauthorized } from '../access/challenge.js';
import type { Principal } from '../access/principal.js';
import { ApiKeysService } from '../api-keys/api-keys.service.js';
import { ERROR } from '../common/errors/error-codes.js';
import { UsersService } from '../users/users.service.js';
import type { MeDto } from './dto/me.dto.js';

/** Says who the caller is. */
@Injectable()
export class ProfileService {
  constructor(
    private readonly users: UsersService,
    private readonly apiKeys: ApiKeysService,
  ) {}

  /** @throws CodedException 40103 when the user or key was deleted since the guard looked */
  async describe(principal: Principal): Promise<MeDto> {
    const facts =
      principal.type === 'user'
        ? await this.describeUser(principal.id)
        : await this.describeApiKey(principal.id);
    if (!facts) throw unauthorized(ERROR.ACCESS_TOKEN_INVALID, { isTokenRefused: true });
    return { ...facts, type: principal.type, scope: principal.granted };
  }

  private async describeUser(id: string): Promise<Profile | undefined> {
    const user = await this.users.findById(id);
    return (
      (user && {
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
        role: user.role,
      }) ??
      undefined
    );
  }

  /** Contract §5: a key has a name and no address. */
  private async describeApiKey(id: string): Promise<Profile | undefined> {
    const key = await this.apiKeys.findById(id);
    return (
      (key && {
        id: key.id,
        account_id: key.accountId,
        email_address: '',
        first_name: key.name,
        surname: '',
        gravatar_url: '',
        is_owner: false,
        is_verified: key.account?.isVerified ?? false,
        created_at_utc: key.createdAt,
        modified_at_utc: key.modifiedAt,
        role: key.role,
      }) ??
      undefined
    );
  }
}

type Profile = Omit<MeDto, 'type' | 'scope'>;

/** Gravatar takes SHA-256 of the address, which its own documentation now prefers to MD5. */
function gravatarUrl(email: string): string {
  return `https://gravatar.com/avatar/${createHash('sha256').update(email).digest('hex')}`;
}
