/** Where files go that the product changed: nothing compiles them there. */
export const ASIDE = 'from-0.1';

/** A file of the release that the product changed. */
export interface ChangedFile {
  path: string;
  /** What the product changed. Undefined: its repository does not have the original. */
  difference: string | undefined;
}

/** What has to happen so that a clone of a release becomes a product. */
export interface Adoption {
  /** Files of the release as it has them. They are deleted. */
  removed: string[];
  /** They are moved aside, for a person to look at. */
  changed: ChangedFile[];
  /** The files of the thin application. */
  written: string[];
  /** Files of the product whose imports were replaced. */
  rewritten: string[];
  /** Imports that the public door does not have, by the file of the product. */
  missing: { path: string; from: string; names: string[] }[];
}
