/** Whose session it is. */
export interface SessionHolder {
  readonly type: 'user' | 'api_key';
  readonly id: string;
}
