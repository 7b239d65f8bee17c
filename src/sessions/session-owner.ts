/** The user or API key that a session belongs to. */
export interface SessionOwner {
  readonly type: 'user' | 'api_key';
  readonly id: string;
}
