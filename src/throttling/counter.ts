/** What was let through, and counted. */
export interface Taken {
  /** Takes the count back: what was counted did not happen. Other counts stay. */
  giveBack: () => Promise<void>;
}

/** What was not let through. It is not counted. */
export interface Refused {
  /** Milliseconds until it may be let through. */
  wait: number;
  /** Whether it is the first one since the limit was reached. */
  isFirst: boolean;
}

/** Counts something against one limit. Every method is one atomic statement, whichever instance asks. */
export interface Counter {
  take: (key: string) => Promise<Taken | Refused>;
}
