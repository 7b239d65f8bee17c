import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';

/** A user who was given less to do, or nothing more. */
export interface MemberDeparture {
  readonly accountId: string;
  readonly userId: string;
  /** Who brought it about. */
  readonly actorId: string;
  readonly reason: 'role changed' | 'deactivated' | 'deleted';
}

/** Runs after the commit. */
type AfterCommit = () => void;
type Listener = (departure: MemberDeparture, manager: EntityManager) => Promise<AfterCommit>;

/**
 * Tells rooms above that a user was demoted, deactivated or deleted, within the same transaction: what
 * becomes of what the user made is decided there (S-86).
 */
@Injectable()
export class MemberDepartures {
  private readonly listeners: Listener[] = [];

  onDeparture(listener: Listener): void {
    this.listeners.push(listener);
  }

  /** @returns what to run once the transaction is committed */
  async announce(departure: MemberDeparture, manager: EntityManager): Promise<AfterCommit> {
    const afterCommit: AfterCommit[] = [];
    for (const listener of this.listeners) afterCommit.push(await listener(departure, manager));
    return () => afterCommit.forEach((run) => run());
  }
}
