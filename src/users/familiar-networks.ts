import { Inject, Injectable } from '@nestjs/common';
import { createHmac } from 'node:crypto';
import type { EntityManager } from 'typeorm';
import { Clock } from '../common/clock.js';
import { UNKNOWN_ADDRESS } from '../common/transport/client-address.js';
import { Database } from '../database/database.js';
import { clientNetwork } from '../common/transport/client-network.js';
import type { SignInNetwork } from './sign-in-network.entity.js';

import { SignInNetworksRepository } from './sign-in-networks.repository.js';
import type { User } from './user.entity.js';
import { USERS_OPTIONS, type UsersOptions } from './users-options.js';

const DAY_MS = 86_400_000;
/** How long a network stays familiar after a sign-in (S-26). */
const FAMILIAR_MS = 90 * DAY_MS;
/** Precision of a sign-in: each network of a user costs at most one write in this time. */
const EXACTNESS_MS = DAY_MS;
const MAX_NETWORKS_OF_USER = 20;
/** Most expired rows of other users that one sign-in removes. */
const MAX_PURGED = 20;

/** The network of an attempt to sign in. */
export interface SignInNetworkState {
  /** By each key, that of new rows first; `undefined` where the address of the client is unknown. */
  readonly digests: readonly [string, ...string[]] | undefined;
  /** The last sign-in of this user from there, in ms since the epoch. */
  readonly lastSignedInAt: number | undefined;
  /** Whether the user has signed in from there within 90 days. */
  readonly isFamiliar: boolean;
}

/**
 * Knows the networks from which users have signed up or signed in with their passwords: there no stranger can lock them
 * out (S-26).
 * A session that the host's code begins makes no network familiar, because its address may be that of a proxy.
 */
@Injectable()
export class FamiliarNetworks {
  constructor(
    @Inject(USERS_OPTIONS) private readonly options: UsersOptions,
    private readonly repository: SignInNetworksRepository,
    private readonly database: Database,
    private readonly clock: Clock,
  ) {}

  /** @param userId `undefined` for an unknown user, for whom the same statement runs (S-18) */
  async find(userId: string | undefined, clientAddress: string): Promise<SignInNetworkState> {
    const digests = this.digests(userId ?? '', clientAddress);
    const found = await this.database.read((manager) => this.repository.find(digests, manager));
    const lastSignedInAt = found?.lastSignedInAt;
    const isKnown = clientNetwork(clientAddress) !== UNKNOWN_ADDRESS;
    return {
      digests: isKnown ? digests : undefined,
      lastSignedInAt,
      isFamiliar: (lastSignedInAt ?? -Infinity) > this.clock.now() - FAMILIAR_MS,
    };
  }

  /**
   * Records a sign-in, in the transaction that has locked the user, and removes what has expired (S-168). It costs
   * nothing if the last one from there was within a day.
   *
   * @returns whether the user has signed in before, and never from there within 90 days
   */
  async record(
    { id: userId, lastSignInAt }: Pick<User, 'id' | 'lastSignInAt'>,
    { digests, lastSignedInAt = -Infinity }: SignInNetworkState,
    manager: EntityManager,
  ): Promise<boolean> {
    const now = this.clock.now();
    if (!digests || lastSignedInAt > now - EXACTNESS_MS) return false;
    const ofUser = await this.repository.findOfUser(userId, manager);
    const isSame = ({ digest }: SignInNetwork) => digests.includes(digest);
    const same = ofUser.filter(isSame);
    // A sign-in at the same time has recorded it, and this one has waited for its lock.
    if (same.some((network) => network.lastSignedInAt > now - EXACTNESS_MS)) return false;
    const others = ofUser.filter((network) => !isSame(network));
    const removed = [
      ...same,
      ...others.slice(MAX_NETWORKS_OF_USER - 1),
      ...(await this.repository.findExpired(now - FAMILIAR_MS, MAX_PURGED, manager)),
    ];
    await this.repository.delete(removed, manager);
    await this.repository.insert({ digest: digests[0], userId, lastSignedInAt: now }, manager);
    // A sign-up records its network without a sign-in.
    const isKnown = others.length > 0 || lastSignInAt !== null;
    return isKnown && same.every((network) => network.lastSignedInAt <= now - FAMILIAR_MS);
  }

  /** Records the network of a sign-up as familiar, in the transaction that creates the user. */
  async recordFirst(userId: string, clientAddress: string, manager: EntityManager): Promise<void> {
    if (clientNetwork(clientAddress) === UNKNOWN_ADDRESS) return;
    const [digest] = this.digests(userId, clientAddress);
    const network = { digest, userId, lastSignedInAt: this.clock.now() };
    await this.repository.insert(network, manager);
  }

  private digests(userId: string, clientAddress: string): readonly [string, ...string[]] {
    const network = clientNetwork(clientAddress);
    const [current, ...former] = this.options.networkKeys.map((key) =>
      createHmac('sha256', key).update(`${userId} ${network}`).digest('hex'),
    );
    if (current === undefined) throw new Error('at least one key for sign-in networks is needed');
    return [current, ...former];
  }
}
