import type { LiveSession } from './live-session.js';
import type { SessionsOptions } from './sessions-options.js';

/** What a client brings to a refresh, each piece proved authentic and of this session. */
export interface BroughtPair {
  /** Generation of the refresh token. */
  readonly generation: number;
  /** Generation of the access token sent along; `undefined`: none that counts. */
  readonly accessGeneration: number | undefined;
  /** The session's own API key was proved along with it. */
  readonly isKeyProved: boolean;
}

/** The session moves on: its next access generation, and whether the refresh token rotates with it. */
export interface Step {
  readonly act: 'step';
  readonly rotates: boolean;
  readonly accessGeneration: number;
  /** An older access token came along: two clients hold copies of one pair. */
  readonly isSuspicious: boolean;
}

/** A decision under which the session goes on. */
export type Continuation =
  | Step
  /** The answer of the last step is given again (S-52). */
  | { readonly act: 'replay' }
  /** Nothing moves. */
  | { readonly act: 'keep' };

export type RefreshDecision =
  | Continuation
  /** A token that was replaced before: somebody has kept a copy (S-51). */
  | { readonly act: 'end'; readonly reason: string }
  /** Authentic after a restored backup only: no sign of theft. */
  | { readonly act: 'refuse'; readonly reason: string };

/** How a refresh token stands to its session. */
export type TokenStanding =
  | 'current'
  /** Replaced so recently that it may be a lost answer, a second tab, or a thief (S-52). */
  | 'predecessor'
  | 'replaced'
  | 'ahead';

type Policy = Pick<SessionsOptions, 'rotation' | 'reuseGraceMs'>;
type SessionState = Pick<
  LiveSession,
  'userId' | 'generation' | 'accessGeneration' | 'rotatedAt' | 'steppedAt'
>;

const REPLAY = { act: 'replay' } as const;
const KEEP = { act: 'keep' } as const;

/** Why a session ended, for the audit. */
export const REPLACED_REFRESH_TOKEN = 'a refresh token that was replaced';

/** @param now in ms since the epoch */
export function standingOf(
  session: Pick<SessionState, 'generation' | 'rotatedAt'>,
  generation: number,
  { reuseGraceMs }: Pick<Policy, 'reuseGraceMs'>,
  now: number,
): TokenStanding {
  if (generation === session.generation) return 'current';
  if (generation > session.generation) return 'ahead';
  const isPredecessor = generation === session.generation - 1;
  // Measured from the rotation: a step without one must not prolong the life of a replaced token.
  return isPredecessor && isWithin(reuseGraceMs, session.rotatedAt, now)
    ? 'predecessor'
    : 'replaced';
}

/**
 * Decides what a refresh does to its session: contract §3, "What rotates is the pair" (RFC 9700 §4.14.2).
 *
 * @param session as it was just read
 * @param now in ms since the epoch
 */
export function decideRefresh(
  session: SessionState,
  { generation, accessGeneration, isKeyProved }: BroughtPair,
  policy: Policy,
  now: number,
): RefreshDecision {
  const { rotation, reuseGraceMs } = policy;
  const standing = standingOf(session, generation, policy, now);
  if (standing === 'ahead') return { act: 'refuse', reason: 'ahead of its session' };
  if (standing === 'replaced') return { act: 'end', reason: REPLACED_REFRESH_TOKEN };
  if (standing === 'predecessor') return REPLAY;

  if (rotation === 'off') return KEEP;
  if (rotation === 'on') return step(session, { rotates: true });
  if (isKeyProved) return KEEP;

  const isOfKey = session.userId === null;
  const isInGrace = isWithin(reuseGraceMs, session.steppedAt, now);
  if (accessGeneration === undefined) {
    if (isOfKey && isInGrace) return REPLAY;
    return step(session, { rotates: !isOfKey });
  }
  if (accessGeneration >= session.accessGeneration) {
    return step(session, { rotates: false, from: accessGeneration });
  }
  const isPredecessor = accessGeneration === session.accessGeneration - 1;
  if (isPredecessor && isInGrace) return REPLAY;
  if (isOfKey) return { act: 'end', reason: 'an access token that was replaced' };
  return step(session, { rotates: true, isSuspicious: true });
}

/** Either way: a clock that was set back must not bring a grace back (S-187). */
function isWithin(graceMs: number, at: number | null, now: number): boolean {
  return at !== null && Math.abs(now - at) < graceMs;
}

/** @param from generation to step from, where a restored backup is behind what clients hold */
function step(
  { accessGeneration }: SessionState,
  {
    rotates,
    from = accessGeneration,
    isSuspicious = false,
  }: { rotates: boolean; from?: number; isSuspicious?: boolean },
): Step {
  return { act: 'step', rotates, accessGeneration: from + 1, isSuspicious };
}
