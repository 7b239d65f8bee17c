/** Limits that the tests would reach, because all of them come from one network: the most that each setting takes. */
export const WIDE_LIMITS = {
  LOGIN_FAILURES_PER_ACCOUNT: '100',
  LOGIN_FAILURES_PER_IP: '1000000',
  SIGN_UPS_PER_IP: '1000000',
  LEAK_REPORTS_PER_IP: '1000000',
  NEW_USERS_PER_CALLER: '1000000',
  PASSWORD_RESETS_PER_IP: '1000000',
  NEW_API_KEYS_PER_CALLER: '1000000',
} as const;

/** For a service that has the default limits. */
export const REAL_LIMITS = {
  LOGIN_FAILURES_PER_ACCOUNT: undefined,
  LOGIN_FAILURES_PER_IP: undefined,
  SIGN_UPS_PER_IP: undefined,
  LEAK_REPORTS_PER_IP: undefined,
  NEW_USERS_PER_CALLER: undefined,
  PASSWORD_RESETS_PER_IP: undefined,
  NEW_API_KEYS_PER_CALLER: undefined,
} as const satisfies Record<keyof typeof WIDE_LIMITS, undefined>;
