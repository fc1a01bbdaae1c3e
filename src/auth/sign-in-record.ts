import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { addEvent, EVENT_PARAMETERS } from '../audit/add-event.sql.js';
import { AuditService, userSubject } from '../audit/audit.service.js';
import type { CallingActor } from '../common/current-actor.decorator.js';
import { Statement } from '../database/statement.js';
import { KnownNetworksService, noteNetwork } from '../passwords/known-networks.service.js';
import { kindOfDevice } from '../sessions/device.js';
import { isKnownDevice, noteKnownDevice } from '../sessions/known-devices.service.js';
import { openSession, OPEN_SESSION_PARAMETERS } from '../sessions/open-session.sql.js';
import type { Session } from '../sessions/session.entity.js';
import { SessionsService } from '../sessions/sessions.service.js';
import type { AuthenticatedUser } from '../users/authenticated-user.js';
import { noteSignIn } from '../users/note-sign-in.sql.js';

type Row = { eventId: string };

/** Where the values are. */
const USER = '$1';
const HASH = '$2';
const RECOVERED = '$3';
const NOW = '$4';
const NETWORK = '$5';
const SESSION = 6;
const EVENT = SESSION + OPEN_SESSION_PARAMETERS;
const DEVICE = `$${EVENT + EVENT_PARAMETERS}`;

/** What every sign-in leaves behind, in one statement: the account, the session, the event, the network. */
@Injectable()
export class SignInRecord {
  private readonly ofAny: Statement<Row>;
  private readonly ofKnownDevice: Statement<Row>;

  constructor(
    private readonly dataSource: DataSource,
    private readonly sessions: SessionsService,
    private readonly networks: KnownNetworksService,
    private readonly audit: AuditService,
  ) {
    const record = (condition: string) => `
      signed_in AS (${noteSignIn(USER, HASH, RECOVERED, NOW, condition)}),
      opened AS (${openSession(SESSION, 'signed_in')}),
      event AS (${addEvent(EVENT, 'opened')}),
      network AS (${noteNetwork('signed_in', NETWORK, NOW)})`;
    const result = `SELECT event.id AS "eventId", ${sessions.columns.list} FROM opened s, event`;
    this.ofAny = new Statement('sign_in_record', `WITH ${record('true')} ${result}`);
    this.ofKnownDevice = new Statement(
      'sign_in_record_known_device',
      `WITH ${record(isKnownDevice(USER, DEVICE))},
       device AS (${noteKnownDevice('signed_in', DEVICE, NOW)}) ${result}`,
    );
  }

  /**
   * In the caller's transaction, which notes the device as well. Null, and nothing happened, when the account
   * was changed, or recovered, while the sign-in was being checked.
   */
  async add(
    tx: EntityManager,
    actor: CallingActor,
    authenticated: AuthenticatedUser,
    now: Date,
  ): Promise<Session | null> {
    return this.run(this.ofAny, [], tx, actor, authenticated, now);
  }

  /** The whole sign-in from a device that is known, as a transaction of its own. Null from any other as well. */
  async addOfKnownDevice(
    actor: CallingActor,
    authenticated: AuthenticatedUser,
    now: Date,
  ): Promise<Session | null> {
    const device = kindOfDevice(actor.client.userAgent);
    const { manager } = this.dataSource;
    return this.run(this.ofKnownDevice, [device], manager, actor, authenticated, now);
  }

  private async run(
    statement: Statement<Row>,
    further: unknown[],
    tx: EntityManager,
    actor: CallingActor,
    { user: { id, passwordHash, recoveredAt }, ...authentication }: AuthenticatedUser,
    now: Date,
  ): Promise<Session | null> {
    const { client } = actor;
    const by = { userId: id };
    const event = this.audit.prepare('user.signed_in', actor, userSubject(id), { by });
    const values = [id, passwordHash, recoveredAt, now, this.networks.nameOf(client.ip)];
    const [row] = await statement.run(tx, [
      ...values,
      ...this.sessions.valuesToOpen(authentication, client, now),
      ...event.values.slice(0, EVENT_PARAMETERS),
      ...further,
    ]);
    if (!row) return null;
    this.audit.tellOf(tx, event, row.eventId);
    return this.sessions.columns.read(row);
  }
}
