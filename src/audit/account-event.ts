import type { Actor } from '../http/current-actor.decorator.js';
import type { AuditAction } from './audit-actions.js';
import type { Changes } from './audit-event.entity.js';

type NameOf<Action> = Action extends `user.${infer Name}` ? Name : never;

/** What can happen to an account: the actions `user.…` of the audit catalogue (docs/audit.md) without that prefix. */
export type AccountEventName = NameOf<AuditAction>;

/** Failures of a visitor. What follows them is visible to nobody, so hooks run after the commit only. */
export const FAILURES = ['sign_in_failed', 'password_proof_failed'] as const;

/** What a visitor failed at. */
export type AccountFailureName = (typeof FAILURES)[number];

/** Something that happened to an account, for methods with `@OnAccount()`. */
export interface AccountEvent<Name extends AccountEventName = AccountEventName> {
  /** The id of the event in the audit trail: digits. Unique, so it can be a key for calls that must count once. */
  id: string;
  /** What happened. */
  name: Name;
  /** The account when it happened: a deleted account is gone from the database afterwards. */
  account: { id: string; username: string; email: string };
  actor: {
    /** Through which door. */
    origin: Actor['origin'];
    /** The id of the account that did it; null for a visitor, the command line and the application itself. */
    userId: string | null;
    /** The IP address of the request; null outside of requests. */
    ip: string | null;
  };
  /** The session in which it was done, or that a sign-in opened; null without one. */
  sessionId: string | null;
  /** The id of the request, as in the log and in `X-Request-Id`; null outside of requests. */
  requestId: string | null;
  /** Why, as a word in snake_case; null when there is nothing to say. */
  reason: string | null;
  /** Values before and after, by field, personal ones included. Never a secret. */
  changes: Changes;
  occurredAt: Date;
}
