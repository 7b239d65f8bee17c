/** A sign-up before anything is created. Its password is not part of it. */
export interface SignUpCandidate {
  readonly accountName: string;
  readonly fullName: string;
  /** In canonical form: lower case, domain in ASCII. The client has not shown that the address is its own. */
  readonly emailAddress: string;
  /** ISO 3166-1 alpha-3. */
  readonly country: string;
  readonly planId: string | null;
}

/**
 * Decides whether a sign-up is taken. Any value but `true` refuses it with 40304, and an error with 50001. It is also
 * called for an address that is in use, so its answer tells nobody who has an account.
 *
 * @example ({ emailAddress }) => emailAddress.endsWith('@example.com')
 * @public
 */
export type SignUpRule = (candidate: SignUpCandidate) => boolean | Promise<boolean>;
