import { Inject, Injectable, Optional } from '@nestjs/common';
import { createHash } from 'node:crypto';
import type { Principal } from '../access/principal.js';
import type { Account } from '../accounts/account.entity.js';
import type { ApiKey } from '../api-keys/api-key.entity.js';
import { SENDS_SHARED_ANSWERS, sharedAnswer } from '../common/shared-answer.js';
import type { User } from '../users/user.entity.js';
import type { MeDto } from './dto/me.dto.js';
import type { ValidateDto } from './dto/validate.dto.js';

type Profile = Omit<MeDto, 'type' | 'scope'>;

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

/** The row of a principal: of a user, or of a key with its account. */
interface PrincipalRow {
  readonly user?: UserFacts | undefined;
  readonly apiKey?: ApiKeyFacts | undefined;
}

/** Answers `/oauth/me` and `/oauth/validate`. In the service, requests with the same credential share one answer. */
@Injectable()
export class ProfileService {
  private readonly rows = new WeakMap<Principal, PrincipalRow>();
  private readonly profiles = new WeakMap<Principal, Readonly<MeDto>>();
  private readonly validities = new WeakMap<Principal, Readonly<ValidateDto>>();

  constructor(
    @Optional() @Inject(SENDS_SHARED_ANSWERS) private readonly sendsSharedAnswers = false,
  ) {}

  /** Keeps the row that the principal was verified with, so that its profile needs no second query. */
  remember(principal: Principal, row: PrincipalRow): void {
    this.rows.set(principal, row);
  }

  /** The profile of the calling user or key. */
  describe(principal: Principal): Readonly<MeDto> {
    const known = this.profiles.get(principal);
    if (known) return this.sendable(known);
    const profile = profileOf(this.rows.get(principal) ?? {});
    const { type, granted } = principal;
    const answer = sharedAnswer<MeDto>({ ...profile, type, scope: [...granted] });
    this.profiles.set(principal, answer);
    return this.sendable(answer);
  }

  /** How long the caller's credential is valid, and for which scopes. */
  validity(principal: Principal): Readonly<ValidateDto> {
    const known = this.validities.get(principal);
    if (known) return this.sendable(known);
    const { expiresAt, granted } = principal;
    const answer = sharedAnswer<ValidateDto>({
      active: true,
      expires_at: expiresAt,
      scope: [...granted],
    });
    this.validities.set(principal, answer);
    return this.sendable(answer);
  }

  private sendable<T extends { readonly scope: readonly string[] }>(answer: T): T {
    return this.sendsSharedAnswers ? answer : { ...answer, scope: [...answer.scope] };
  }
}

function profileOf({ user, apiKey }: PrincipalRow): Profile {
  if (user) return profileOfUser(user);
  if (apiKey) return profileOfApiKey(apiKey);
  throw new Error('no verifier made this principal');
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
