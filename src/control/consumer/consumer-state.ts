/** How the consumer does, for who judges whether the service lives. */
export interface ConsumerState {
  /** True once it has ended by a fault of its own. */
  readonly hasFailed: boolean;
  /** For how long it has worked without a pause, in milliseconds; 0 while it waits for something to do. */
  readonly busyMs: number;
  /** How long the commit that is under way has taken, in milliseconds; 0 where there is none. */
  readonly commitMs: number;
}
