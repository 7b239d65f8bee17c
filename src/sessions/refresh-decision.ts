import type { LiveSession } from './live-session.js';
import type { SessionsOptions } from './sessions-options.js';

/** The credentials of a refresh, each verified to be authentic and of this session. */
export interface RefreshCredentials {
  /** Generation of the refresh token. */
  readonly generation: number;
  /** Generation of the access token in the request; `undefined` without a valid one. */
  readonly accessGeneration: number | undefined;
  /** Whether the request also authenticated the session's own API key. */
  readonly isKeyProved: boolean;
}

/** The session advances to its next access generation, with or without a rotation of the refresh token. */
export interface Step {
  readonly act: 'step';
  readonly rotates: boolean;
  readonly accessGeneration: number;
  /** Whether the request carried an older access token: two clients may hold copies of one pair. */
  readonly isSuspicious: boolean;
}

/** A decision under which the session goes on. */
export type Continuation =
  | Step
  /** The answer of the last step is repeated (S-52). */
  | { readonly act: 'replay' }
  /** No generation changes. */
  | { readonly act: 'keep' };

export type RefreshDecision =
  | Continuation
  /** The session ends: a replaced token was presented, so that a copy of it exists (S-51). */
  | { readonly act: 'end'; readonly reason: string }
  /** The token is refused: it can be authentic only after a restored backup, which is no sign of theft. */
  | { readonly act: 'refuse'; readonly reason: string };

/** The status of a refresh token in its session. */
export type TokenStatus =
  | 'current'
  /** Replaced so recently that it may come from a lost answer, a second tab, or a thief (S-52). */
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

/** Reason in the audit log for the end of a session. */
export const REPLACED_REFRESH_TOKEN = 'a refresh token that was replaced';

/** @param now in ms since the epoch */
export function tokenStatus(
  session: Pick<SessionState, 'generation' | 'rotatedAt'>,
  generation: number,
  { reuseGraceMs }: Pick<Policy, 'reuseGraceMs'>,
  now: number,
): TokenStatus {
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
 * @param session its current row
 * @param now in ms since the epoch
 */
export function decideRefresh(
  session: SessionState,
  { generation, accessGeneration, isKeyProved }: RefreshCredentials,
  policy: Policy,
  now: number,
): RefreshDecision {
  const { rotation, reuseGraceMs } = policy;
  const status = tokenStatus(session, generation, policy, now);
  if (status === 'ahead') return { act: 'refuse', reason: 'ahead of its session' };
  if (status === 'replaced') return { act: 'end', reason: REPLACED_REFRESH_TOKEN };
  if (status === 'predecessor') return REPLAY;

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

/** The absolute difference counts, because a clock that was set back must not reopen a grace (S-187). */
function isWithin(graceMs: number, at: number | null, now: number): boolean {
  return at !== null && Math.abs(now - at) < graceMs;
}

/** @param from the generation to step from; after a restored backup, a client's may be ahead of the session's */
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
