import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { addEvent, EVENT_PARAMETERS } from '../audit/audit-events.sql.js';
import { AuditService, userSubject } from '../audit/audit.service.js';
import type { CallingActor } from '../common/current-actor.decorator.js';
import { Statement } from '../database/statement.js';
import { KnownNetworksService } from '../passwords/known-networks.service.js';
import { isKnownNetwork, noteKnownNetwork } from '../passwords/known-networks.sql.js';
import { openSession, OPEN_SESSION_PARAMETERS } from '../sessions/sessions.sql.js';
import type { Session } from '../sessions/session.entity.js';
import { SessionsService } from '../sessions/sessions.service.js';
import type { AuthenticatedUser } from '../users/authenticated-user.js';
import { noteSignIn } from '../users/users.sql.js';

type Row = { eventId: string; isExpected: boolean };

/** Where the values are. */
const USER = '$1';
const HASH = '$2';
const RECOVERED = '$3';
const NOW = '$4';
const NETWORK = 5;
const SESSION = NETWORK + 2;
const EVENT = SESSION + OPEN_SESSION_PARAMETERS;

const IS_FIRST = `(SELECT last_login_at IS NULL FROM users WHERE id = ${USER})`;
const IS_KNOWN = isKnownNetwork(USER, NETWORK);

/** A sign-in that was recorded. */
export interface RecordedSignIn {
  session: Session;
  /** Whether it is the first one of the account, or comes from a network that the account knew before. */
  isExpected: boolean;
}

/** What every sign-in leaves behind, in one statement: the account, the session, the event. */
@Injectable()
export class SignInRecord {
  private readonly ofAny: Statement<Row>;
  private readonly ofKnownNetwork: Statement<Row>;

  constructor(
    private readonly dataSource: DataSource,
    private readonly sessions: SessionsService,
    private readonly networks: KnownNetworksService,
    private readonly audit: AuditService,
  ) {
    const record = (condition: string) => `
      signed_in AS (${noteSignIn(USER, HASH, RECOVERED, NOW, condition)}),
      opened AS (${openSession(SESSION, 'signed_in')}),
      event AS (${addEvent(EVENT, 'opened')})`;
    // All parts of a statement see the account and its networks as they were before.
    const result = `
      SELECT event.id AS "eventId", ${IS_FIRST} OR ${IS_KNOWN} AS "isExpected", ${sessions.columns.list}
      FROM opened s, event`;
    this.ofAny = new Statement('sign_in_record', `WITH ${record('true')} ${result}`);
    this.ofKnownNetwork = new Statement(
      'sign_in_record_known_network',
      `WITH ${record(IS_KNOWN)},
       network AS (${noteKnownNetwork('signed_in', `$${NETWORK}`, NOW)}) ${result}`,
    );
  }

  /**
   * In the caller's transaction, which notes the network afterwards. Null, and nothing happened, when the account
   * was changed, or recovered, while the sign-in was being checked.
   */
  async add(
    tx: EntityManager,
    actor: CallingActor,
    authenticated: AuthenticatedUser,
    now: Date,
  ): Promise<RecordedSignIn | null> {
    return this.run(this.ofAny, tx, actor, authenticated, now);
  }

  /** The whole sign-in from a network that is known, as a transaction of its own. Null from any other as well. */
  async addFromKnownNetwork(
    actor: CallingActor,
    authenticated: AuthenticatedUser,
    now: Date,
  ): Promise<Session | null> {
    const { manager } = this.dataSource;
    const recorded = await this.run(this.ofKnownNetwork, manager, actor, authenticated, now);
    if (recorded) await this.networks.renew(manager, authenticated.user.id, actor.client.ip);
    return recorded && recorded.session;
  }

  private async run(
    statement: Statement<Row>,
    tx: EntityManager,
    actor: CallingActor,
    { user: { id, passwordHash, recoveredAt }, ...authentication }: AuthenticatedUser,
    now: Date,
  ): Promise<RecordedSignIn | null> {
    const { client } = actor;
    const by = { userId: id };
    const event = this.audit.prepare('user.signed_in', actor, userSubject(id), { by });
    const network = this.networks.valuesToKnow(client.ip, now);
    const values = [id, passwordHash, recoveredAt, now, ...network];
    const [row] = await statement.run(tx, [
      ...values,
      ...this.sessions.valuesToOpen(authentication, client, now),
      ...event.values.slice(0, EVENT_PARAMETERS),
    ]);
    if (!row) return null;
    this.audit.tellOf(tx, event, row.eventId);
    return { session: this.sessions.columns.read(row)!, isExpected: row.isExpected };
  }
}
