/** So many points in so many seconds from the first. */
export interface Limit {
  /** Distinguishes its counters in the store. */
  readonly name: string;
  readonly points: number;
  readonly seconds: number;
}
