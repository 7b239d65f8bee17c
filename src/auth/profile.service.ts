import { Injectable } from '@nestjs/common';
import { createHash } from 'node:crypto';
import { unauthorized } from '../access/challenge.js';
import type { Principal } from '../access/principal.js';
import type { Account } from '../accounts/account.entity.js';
import type { ApiKey } from '../api-keys/api-key.entity.js';
import { ApiKeysService } from '../api-keys/api-keys.service.js';
import { ERROR } from '../common/errors/error-codes.js';
import { sharedAnswer } from '../common/shared-answer.js';
import type { User } from '../users/user.entity.js';
import { UsersService } from '../users/users.service.js';
import type { MeDto } from './dto/me.dto.js';
import type { ValidateDto } from './dto/validate.dto.js';

type Profile = Omit<MeDto, 'type' | 'scope'>;
type Description = Readonly<MeDto>;
type Validity = Readonly<ValidateDto>;

type UserFacts = Pick<
  User,
  | 'id'
  | 'accountId'
  | 'emailAddress'
  | 'canonicalEmail'
  | 'firstName'
  | 'surname'
  | 'role'
  | 'isVerified'
  | 'createdAt'
  | 'modifiedAt'
>;
type ApiKeyFacts = Pick<
  ApiKey,
  'id' | 'accountId' | 'name' | 'role' | 'createdAt' | 'modifiedAt'
> & { readonly account?: Pick<Account, 'isVerified'> };

/** The row of whoever a principal stands for; of a key, with its account. */
interface Holder {
  readonly user?: UserFacts | undefined;
  readonly apiKey?: ApiKeyFacts | undefined;
}

/** Says who the caller is, and how long. Whoever asks again with the same credential gets the same answer. */
@Injectable()
export class ProfileService {
  private readonly known = new WeakMap<Principal, Description>();
  private readonly valid = new WeakMap<Principal, Validity>();

  constructor(
    private readonly users: UsersService,
    private readonly apiKeys: ApiKeysService,
  ) {}

  /** Keeps, with the principal and as long as it, what was read to verify it. */
  remember(principal: Principal, holder: Holder): void {
    const profile = profileOf(holder);
    if (profile) this.known.set(principal, sharedAnswer(described(principal, profile)));
  }

  /** @throws CodedException 40103 when the user or key was deleted since the guard looked */
  describe(principal: Principal): Description | Promise<Description> {
    return this.known.get(principal) ?? this.lookUp(principal);
  }

  /** How long what the caller came with is good, and for what. */
  validity(principal: Principal): Validity {
    const known = this.valid.get(principal);
    if (known) return known;
    const { expiresAt, granted } = principal;
    const answer = sharedAnswer({
      active: true,
      expires_at: expiresAt,
      scope: [...granted],
    } as const);
    this.valid.set(principal, answer);
    return answer;
  }

  private async lookUp(principal: Principal): Promise<Description> {
    const profile = profileOf(await this.findHolder(principal));
    if (!profile) throw unauthorized(ERROR.ACCESS_TOKEN_INVALID, { isTokenRefused: true });
    return sharedAnswer(described(principal, profile));
  }

  private async findHolder({ id, type }: Principal): Promise<Holder> {
    return type === 'user'
      ? { user: (await this.users.findById(id)) ?? undefined }
      : { apiKey: (await this.apiKeys.findById(id)) ?? undefined };
  }
}

function described({ type, granted }: Principal, profile: Profile): MeDto {
  return { ...profile, type, scope: [...granted] };
}

function profileOf({ user, apiKey }: Holder): Profile | undefined {
  return (user && profileOfUser(user)) ?? (apiKey && profileOfApiKey(apiKey));
}

function profileOfUser(user: UserFacts): Profile {
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
    role: user.role,
  };
}

/** Contract §5: a key has a name and no address. */
function profileOfApiKey(key: ApiKeyFacts): Profile {
  return {
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
  };
}

/** Gravatar takes SHA-256 of the address, which its own documentation now prefers to MD5. */
function gravatarUrl(email: string): string {
  return `https://gravatar.com/avatar/${createHash('sha256').update(email).digest('hex')}`;
}
