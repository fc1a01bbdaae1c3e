/** What was let through, and counted: where its count is, to take it back. Times in milliseconds since 1970. */
export interface Taken {
  key: string;
  /** When it is forgotten, with the window it is counted in. */
  end: number;
  /** Where there are pauses: until when there was one after this very count, and after how many one begins. */
  pause?: { until: string; after: number };
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

export function isTaken(result: Taken | Refused): result is Taken {
  return 'key' in result;
}
