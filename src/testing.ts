/**
 * The second door: what a product needs to test itself, with any test runner. Nothing that serves imports it.
 * @packageDocumentation
 */

// An application under test.
export { startTestApp } from './testing/start-test-app.js';
export { importBuilt } from './testing/import-built.js';
export type { TestApp, TestAppOptions } from './testing/test-app.js';
export type { SignedIn, SignInOptions } from './testing/sign-in.js';
export type { TestDatabase } from './testing/test-database.js';
export type { TestEmail, TestEmails } from './testing/test-emails.js';
export type { TestClock } from './testing/clock.js';

// Speaking to it.
export { type Answer, HttpClient, problem } from './testing/http-client.js';
export { Visitor } from './testing/visitor.js';

// Attacking it.
export {
  type Attack,
  AttackError,
  type AttackKind,
  type AttackOptions,
} from './testing/attacks/attack.js';
