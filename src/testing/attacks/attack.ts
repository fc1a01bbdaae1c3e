import type { SignedIn } from '../sign-in.js';

/** What is tried, from outside in. */
export type AttackKind =
  | 'sample'
  | 'anonymous'
  | 'dead credential'
  | 'missing power'
  | 'old sign-in'
  | 'other owner'
  | 'malformed id'
  | 'body'
  | 'wrong type'
  | 'unknown property'
  | 'text'
  | 'size'
  | 'parallel';

/** One attack on one route, as a case of any test runner. */
export interface Attack {
  /** What has to hold: `POST /api/articles: refuses an expired access token`. */
  name: string;
  /** `POST /api/articles`. */
  route: string;
  kind: AttackKind;
  /** Attacks. Throws when the route let it through, answered something else than documented, or changed anything. */
  run: () => Promise<void>;
}

/** What attacks need to know of a product. */
export interface AttackOptions {
  /**
   * Makes an object that belongs to the given account, for each parameter of a path, and returns its value: key is the
   * path up to the parameter, such as `/api/articles/:id`.
   */
  objects?: Record<string, (owner: SignedIn) => Promise<string>>;
  /**
   * A body that the route accepts, by route: `'POST /api/articles': { title: 'First' }`. A function makes one for each
   * request that is meant to succeed. Default: the examples of the documentation.
   */
  bodies?: Record<string, object | (() => object)>;
  /** Routes whose objects others may use as well, such as `'GET /api/articles/:id'`. All others are for their owner alone. */
  shared?: string[];
}

/** A route let an attack through. */
export class AttackError extends Error {}
