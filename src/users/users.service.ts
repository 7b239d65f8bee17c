import { Injectable, Logger } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { Clock } from '../common/clock.js';
import { PasswordHasher, type PasswordVerdict } from '../common/crypto/password-hasher.js';
import { NO_ACCESS } from '../common/cache-invalidation.js';
import { messageOf } from '../common/errors/message-of.js';
import { Database } from '../database/database.js';
import { canonicalEmail } from './canonical-email.js';
import type { User } from './user.entity.js';
import { UsersRepository } from './users.repository.js';

@Injectable()
export class UsersService {
  private readonly logger = new Logger(UsersService.name);

  constructor(
    private readonly repository: UsersRepository,
    private readonly hasher: PasswordHasher,
    private readonly database: Database,
    private readonly clock: Clock,
  ) {}

  /** The user of an address, with account and password hash. */
  async findByEmail(address: string): Promise<User | null> {
    // An invalid address is looked up as well, so that its refusal takes as long (S-18).
    const canonical = canonicalEmail(address) ?? '';
    return this.database.read((manager) =>
      this.repository.findByCanonicalEmail(canonical, manager),
    );
  }

  findById(id: string, within?: EntityManager): Promise<User | null> {
    return this.database.read((manager) => this.repository.findById(id, manager), within);
  }

  /** The user of an id, with account and password hash. */
  findWithPassword(id: string, within?: EntityManager): Promise<User | null> {
    return this.database.read((manager) => this.repository.findWithPassword(id, manager), within);
  }

  /**
   * Locks a user of the account, for a change that no principal makes.
   *
   * @returns the user, with account and password hash
   */
  async lock(accountId: string, id: string, manager: EntityManager): Promise<User | undefined> {
    const [locked] = await this.repository.lockMembers(accountId, [id], manager);
    return (locked && (await this.repository.findWithPassword(id, manager))) ?? undefined;
  }

  /** After a lost COMMIT: whether the user has that password. */
  async hasPassword(id: string, passwordHash: string, manager: EntityManager): Promise<boolean> {
    const stored = await this.repository.findWithPassword(id, manager);
    return stored?.passwordHash === passwordHash;
  }

  /** Stores a new password of a locked user. */
  async setPassword(user: User, passwordHash: string, manager: EntityManager): Promise<void> {
    const modifiedAt = this.clock.now();
    await this.repository.update(user, { passwordHash, modifiedAt }, manager);
  }

  /** Checks a password with exactly one bcrypt run, whether or not there is such a user (S-18). */
  verifyPassword(user: User | null, password: string): Promise<PasswordVerdict> {
    // Another system may have stored a hash of the empty password, which signs nobody in (S-40).
    const stored = password === '' ? null : (user?.passwordHash ?? null);
    return this.hasher.verify(password, stored);
  }

  /** Records a sign-in and locks the user for the rest of the transaction; see {@link UsersRepository.markSignedIn}. */
  markSignedIn(user: User, manager: EntityManager): Promise<boolean> {
    return this.repository.markSignedIn(user, this.clock.now(), manager);
  }

  /** As {@link markSignedIn}, for a sign-in without a password. */
  markSignedInWithoutPassword(user: User, manager: EntityManager): Promise<boolean> {
    return this.repository.markSignedInWithoutPassword(user, this.clock.now(), manager);
  }

  /** Replaces an outdated hash with one of the current parameters; a failure is only logged (S-06). */
  async rehash(user: User, password: string): Promise<void> {
    try {
      const hash = await this.hasher.hash(password);
      await this.database.write(
        (manager) => this.repository.replaceHash(user, hash, manager),
        () => Promise.resolve(false),
        NO_ACCESS,
      );
    } catch (error) {
      const reason = messageOf(error);
      this.logger.warn(`password hash of user ${user.id} was not renewed: ${reason}`);
    }
  }
}
