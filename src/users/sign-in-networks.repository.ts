import { Injectable } from '@nestjs/common';
import { In, LessThanOrEqual, type EntityManager } from 'typeorm';
import { CompiledLookUp } from '../database/compiled-look-up.js';
import { given } from '../database/given.js';
import { SignInNetwork } from './sign-in-network.entity.js';

@Injectable()
export class SignInNetworksRepository {
  /** The first of these digests that is stored. */
  async find(
    digests: readonly string[],
    manager: EntityManager,
  ): Promise<SignInNetwork | undefined> {
    const rows = await BY_DIGEST.find(manager, digests);
    return rows.find((row) => row !== undefined);
  }

  /** Newest first. */
  findOfUser(userId: string, manager: EntityManager): Promise<SignInNetwork[]> {
    return manager.find(SignInNetwork, {
      where: given({ userId }),
      order: { lastSignedInAt: 'DESC', digest: 'ASC' },
    });
  }

  /** Networks of the users of an account in the order of their digests, after one of them. */
  findOfAccount(
    accountId: string,
    afterDigest: string | undefined,
    take: number,
    manager: EntityManager,
  ): Promise<SignInNetwork[]> {
    return manager
      .createQueryBuilder(SignInNetwork, 'network')
      .innerJoin('network.user', 'user')
      .where('user.accountId = :accountId', { accountId })
      .andWhere('network.digest > :afterDigest', { afterDigest: afterDigest ?? '' })
      .orderBy('network.digest')
      .limit(take)
      .getMany();
  }

  /** Rows of all users that have expired, at most so many. */
  findExpired(until: number, most: number, manager: EntityManager): Promise<SignInNetwork[]> {
    return manager.find(SignInNetwork, {
      where: given({ lastSignedInAt: LessThanOrEqual(until) }),
      take: most,
    });
  }

  async insert(
    network: Pick<SignInNetwork, 'digest' | 'userId' | 'lastSignedInAt'>,
    manager: EntityManager,
  ): Promise<void> {
    await manager.insert(SignInNetwork, network);
  }

  /** In one order, so that two sign-ins that delete the same rows do not wait for each other. */
  async delete(networks: readonly SignInNetwork[], manager: EntityManager): Promise<void> {
    if (networks.length === 0) return;
    const digests = [...new Set(networks.map(({ digest }) => digest))].toSorted();
    await manager.delete(SignInNetwork, { digest: In(digests) });
  }
}

const BY_DIGEST = new CompiledLookUp('network.digest', (manager) =>
  manager.createQueryBuilder(SignInNetwork, 'network'),
);
