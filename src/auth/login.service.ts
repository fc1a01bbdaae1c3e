import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { AuditService, userSubject } from '../audit/audit.service.js';
import { AppError } from '../http/app-error.js';
import type { Actor, CallingActor, SignedInActor } from '../http/current-actor.decorator.js';
import type { Principal } from '../access/principal.js';
import { GatehouseDataSource } from '../platform/database/data-source.js';
import { Metrics } from '../platform/metrics/metrics.service.js';
import { isKnownBrowser } from '../passwords/known-browser.js';
import { KnownNetworksService } from '../passwords/known-networks.service.js';
import { PasswordProof } from '../passwords/password-proof.js';
import type { Session } from '../sessions/session.entity.js';
import { SessionsService } from '../sessions/sessions.service.js';
import type { AuthenticatedUser } from '../users/authenticated-user.js';
import type { User } from '../users/user.entity.js';
import { SignInFailures } from './sign-in-failures.js';
import { UsersService } from '../users/users.service.js';
import { NewPlaceEmails } from './new-place-emails.service.js';
import { SignInRecord } from './sign-in-record.js';
import { SignInSteps } from './sign-in-steps.js';

/** What kind of session a sign-in opens. */
export interface SessionOptions {
  /** The session that ends with it, so that there is one at any time (ASVS 7.2.4). */
  replaced?: Principal | undefined;
  /** Whether the visitor of a page asked to stay signed in. It may last longer: `SESSION_REMEMBERED_…`. */
  isRemembered?: boolean;
}

/** Signing in, in two steps: who is it (`authenticate`), and open the session (`complete`). */
@Injectable()
export class LoginService {
  constructor(
    private readonly dataSource: GatehouseDataSource,
    private readonly proof: PasswordProof,
    private readonly steps: SignInSteps,
    private readonly failures: SignInFailures,
    private readonly users: UsersService,
    private readonly sessions: SessionsService,
    private readonly record: SignInRecord,
    private readonly networks: KnownNetworksService,
    private readonly emails: NewPlaceEmails,
    private readonly audit: AuditService,
    private readonly metrics: Metrics,
  ) {}

  /** Checks a username or email address and a password. Throws `AppError` as `PasswordProof.provePasswordOf`. */
  async authenticate(actor: Actor, name: string, password: string): Promise<AuthenticatedUser> {
    return this.failures.counting(() => this.proof.provePasswordOf(actor, name, password));
  }

  /**
   * Checks the password of the signed-in caller, to sign in again. Throws `AppError` as `PasswordProof.provePassword`.
   * @param field the input that holds the password, for findings
   */
  async authenticateAgain(
    actor: SignedInActor,
    password: string,
    field: string,
  ): Promise<AuthenticatedUser> {
    return this.proof.provePassword(actor, password, field);
  }

  /**
   * Opens a session, after every step of `SignInSteps`. Throws `AppError` as they do, and 401 when the account
   * changed while it was being checked or the session to be replaced has ended.
   */
  async complete(
    actor: CallingActor,
    authenticated: AuthenticatedUser,
    { replaced, isRemembered = false }: SessionOptions = {},
  ): Promise<{ user: User; session: Session }> {
    const now = new Date();
    const signIn = { actor, authenticated, isRemembered, now };
    const { user } = authenticated;
    const open = async (tx: EntityManager) => {
      if (replaced) await this.endReplaced(tx, replaced, now);
      const recorded = await this.record.recordSignIn(tx, signIn);
      if (!recorded) throw new AppError('invalid_credentials');
      await this.networks.recordNetwork(tx, user.id, actor.client.ip, now);
      const { browser } = actor.client;
      const isKnown = recorded.isExpected || (browser && isKnownBrowser(browser, user));
      if (!isKnown) await this.emails.send(tx, user, actor.client, now);
      return recorded.session;
    };
    const session = await this.failures.recording(actor, userSubject(user.id), async () => {
      await this.steps.walk(authenticated);
      // Most sign-ins come from a known network and end no other session: one statement is all of these.
      const alone = replaced ? null : await this.record.recordSignInFromKnownNetwork(signIn);
      return alone ?? (await this.dataSource.transaction(open));
    });
    this.metrics.count('gatehouse_sign_ins_total', { result: 'success' });
    return { user: Object.assign(user, { lastLoginAt: now }), session };
  }

  /**
   * Renews the caller's session in place, after the same steps: it counts as recent, and its tokens stay good.
   * Throws `AppError` as the steps do, and 401 `invalid_token` when the session has ended.
   */
  async renew(actor: SignedInActor, authenticated: AuthenticatedUser): Promise<void> {
    const { principal } = actor;
    const subject = userSubject(principal.userId);
    await this.failures.recording(actor, subject, async () => {
      await this.steps.walk(authenticated);
      await this.dataSource.transaction(async (tx) => {
        const isRenewed = await this.sessions.renew(tx, principal, authenticated, new Date());
        if (!isRenewed) throw new AppError('invalid_token');
        await this.audit.recordEvent(tx, 'user.reauthenticated', actor, subject);
      });
    });
  }

  /**
   * Ends a session before the one that takes its place opens, which could end it as one too many. Locks the
   * account first, as every sign-in does.
   */
  private async endReplaced(tx: EntityManager, { userId, sessionId }: Principal, now: Date) {
    await this.users.lockUser(tx, userId);
    if (await this.sessions.endOwn(tx, userId, sessionId, 'replaced', now)) return;
    throw new AppError('invalid_token');
  }
}
