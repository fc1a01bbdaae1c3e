import type { Principal } from '../../access/principal.js';

/** The hidden field of every form. */
export const FORM_TOKEN_FIELD = '_token';

/** What the frame of a page and its forms have to know of the request. */
export interface PageFrame {
  /** Who is signed in, if anybody. */
  readonly principal: Principal | undefined;
  /** What a form of this page carries, bound to this browser and this session. */
  readonly formToken: string;
  /** Where the visitor wants to go after the sign-in. */
  readonly next: string | undefined;
  /** Where "Administration" leads the visitor. Undefined: there is nothing for them. */
  readonly adminPath: string | undefined;
  /** What was typed into the form of that address before its author had to sign in again. */
  keptIn(action: string): KeptValues | undefined;
}

/** Values of the fields of a form, by name. */
export type KeptValues = Record<string, string | string[]>;

/** The status of a page: that of the form on it, when it is shown again. */
export interface FormOutcome {
  status?: number;
  /** Seconds after which it may be sent again. */
  retryAfter?: number | undefined;
}
