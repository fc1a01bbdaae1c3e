import { Injectable } from '@nestjs/common';
import sql, { empty } from 'sql-template-tag';
import type { EntityManager } from 'typeorm';
import { addEvent } from '../audit/audit-events.sql.js';
import { AuditService, userSubject } from '../audit/audit.service.js';
import type { CallingActor } from '../http/current-actor.decorator.js';
import { GatehouseDataSource } from '../platform/database/data-source.js';
import { runPrepared } from '../platform/database/run-prepared.js';
import { KnownNetworksService } from '../passwords/known-networks.service.js';
import { isKnownNetwork, noteKnownNetwork } from '../passwords/known-networks.sql.js';
import type { Session } from '../sessions/session.entity.js';
import { SessionsService } from '../sessions/sessions.service.js';
import { openSession } from '../sessions/sessions.sql.js';
import type { AuthenticatedUser } from '../users/authenticated-user.js';
import { noteSignIn } from '../users/users.sql.js';

const SIGNED_IN = 'user.signed_in';

type Row = { eventId: string; isExpected: boolean };

/** A sign-in that was recorded. */
export interface RecordedSignIn {
  session: Session;
  /** Whether it is the first one of the account, or comes from a network that the account knew before. */
  isExpected: boolean;
}

/** A sign-in that is about to be recorded. */
export interface SignIn {
  actor: CallingActor;
  authenticated: AuthenticatedUser;
  /** Whether the visitor of a page asked to stay signed in. */
  isRemembered: boolean;
  now: Date;
}

/** What every sign-in leaves behind, in one statement: the account, the session, the event. */
@Injectable()
export class SignInRecord {
  constructor(
    private readonly dataSource: GatehouseDataSource,
    private readonly sessions: SessionsService,
    private readonly networks: KnownNetworksService,
    private readonly audit: AuditService,
  ) {}

  /**
   * In the caller's transaction, which notes the network afterwards. Null, and nothing happened, when the account
   * was changed, or recovered, while the sign-in was being checked.
   */
  async recordSignIn(tx: EntityManager, signIn: SignIn): Promise<RecordedSignIn | null> {
    return this.record(tx, signIn, false);
  }

  /** The whole sign-in from a network that is known, as a transaction of its own. Null from any other as well. */
  async recordSignInFromKnownNetwork(signIn: SignIn): Promise<Session | null> {
    const { manager } = this.dataSource;
    const { actor, authenticated } = signIn;
    // One statement is a transaction by itself, unless hooks follow it.
    const recorded = this.audit.isFollowed(SIGNED_IN)
      ? await manager.transaction((tx) => this.record(tx, signIn, true))
      : await this.record(manager, signIn, true);
    if (recorded) await this.networks.renew(manager, authenticated.user.id, actor.client.ip);
    return recorded?.session ?? null;
  }

  /** @param isOfKnown whether only a sign-in from a known network counts, which is then noted as well */
  private async record(
    tx: EntityManager,
    { actor, authenticated, isRemembered, now }: SignIn,
    isOfKnown: boolean,
  ): Promise<RecordedSignIn | null> {
    const { user, ...authentication } = authenticated;
    const { client } = actor;
    const by = { userId: user.id };
    const event = this.audit.prepareEvent(SIGNED_IN, actor, userSubject(user.id), { by });
    const session = this.sessions.newSession(authentication, client, now, isRemembered);
    const network = this.networks.networkToKnow(client.ip, now);
    const isKnown = isKnownNetwork(user.id, network);
    // All parts of a statement see the account and its networks as they were before.
    const statement = sql`
      WITH signed_in AS (${noteSignIn(user, now, isOfKnown ? isKnown : sql`true`)}),
      opened AS (${openSession(sql`signed_in`, session)}),
      event AS (${addEvent(event, sql`opened`)})
      ${isOfKnown ? sql`, network AS (${noteKnownNetwork(sql`signed_in`, network, now)})` : empty}
      SELECT event.id AS "eventId",
             (SELECT last_login_at IS NULL FROM users WHERE id = ${user.id}) OR ${isKnown} AS "isExpected",
             ${this.sessions.columns.list}
      FROM opened s, event`;
    const name = isOfKnown ? 'sign_in_record_known_network' : 'sign_in_record';
    const [row] = await runPrepared<Row>(tx, name, statement);
    if (!row) return null;
    const opened = this.sessions.columns.read(row)!;
    await this.audit.settlePreparedEvent(tx, event, { id: row.eventId, sessionId: opened.id });
    return { session: opened, isExpected: row.isExpected };
  }
}
