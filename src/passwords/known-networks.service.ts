import { Injectable } from '@nestjs/common';
import ms from 'ms';
import sql from 'sql-template-tag';
import { type EntityManager, In, MoreThan } from 'typeorm';
import { networkOf } from '../http/client-ip.js';
import { MacKeys } from '../common/secret-keys.js';
import { AppConfig } from '../platform/config/app-config.js';
import { GatehouseDataSource } from '../platform/database/data-source.js';
import { deleteOld } from '../platform/database/delete-old.js';
import { runPrepared } from '../platform/database/run-prepared.js';
import { KnownNetwork } from './known-network.entity.js';
import type { NetworkSince } from './known-networks.sql.js';

/** For guesses at passwords: addresses are given to others after a while. */
const TRUSTED_FOR = ms('30d');
/**
 * For emails about new places. Clients of the API have no cookie and sign in again when a session ends, after 30
 * days by default: their network must still be known then.
 */
const KNOWN_FOR = ms('90d');
/** The networks of one account that are kept: those that were used last. */
const MOST = 100;

/** From which networks accounts were signed in to lately. The one writer of its table. */
@Injectable()
export class KnownNetworksService {
  private readonly keys: MacKeys;

  constructor(
    private readonly dataSource: GatehouseDataSource,
    config: AppConfig,
  ) {
    this.keys = new MacKeys(config, 'known-networks');
  }

  /** Notes that the owner of an account was there: by a sign-in, or by a link from their mailbox. */
  async recordNetwork(tx: EntityManager, userId: string, ip: string, now: Date): Promise<void> {
    const network = this.keys.sign(networkOf(ip));
    await runPrepared(
      tx,
      'known_networks_note',
      sql`
        WITH surplus AS (
          SELECT network FROM known_networks WHERE user_id = ${userId} AND network <> ${network}
          ORDER BY last_seen_at DESC OFFSET ${MOST - 1}),
        forgotten AS (
          DELETE FROM known_networks
          WHERE user_id = ${userId} AND network IN (SELECT network FROM surplus))
        INSERT INTO known_networks (user_id, network, last_seen_at)
        VALUES (${userId}, ${network}, ${now})
        ON CONFLICT (user_id, network) DO UPDATE SET last_seen_at = EXCLUDED.last_seen_at`,
    );
    await this.renew(tx, userId, ip);
  }

  /** Ends that any network is known to an account. */
  async forgetNetworks(tx: EntityManager, userId: string): Promise<void> {
    await tx.delete(KnownNetwork, { userId });
  }

  /** The network that `isKnownNetwork` looks for at a guess: whether it is counted apart from those of strangers. */
  networkToTrust(ip: string, now: Date): NetworkSince {
    return { names: this.namesOf(ip), since: new Date(now.getTime() - TRUSTED_FOR) };
  }

  /** The network that `isKnownNetwork` looks for at a sign-in: whether the owner gets an email. */
  networkToKnow(ip: string, now: Date): NetworkSince {
    return { names: this.namesOf(ip), since: new Date(now.getTime() - KNOWN_FOR) };
  }

  /** Whether an account knows a network, by what `namesOf` made of it. */
  async isKnownNetwork(
    tx: EntityManager,
    userId: string,
    names: string[],
    now: Date,
  ): Promise<boolean> {
    const lastSeenAt = MoreThan(new Date(now.getTime() - TRUSTED_FOR));
    return tx.existsBy(KnownNetwork, { userId, network: In(names), lastSeenAt });
  }

  /** Deletes what is no longer known; returns how much. */
  async purge(): Promise<number> {
    const condition = `last_seen_at <= now() - interval '${KNOWN_FOR / ms('1d')} days'`;
    return deleteOld(this.dataSource, 'known_networks', condition);
  }

  /** What stands for the network of an address here: under the current secret first. */
  namesOf(ip: string): string[] {
    return this.keys.signByAll(networkOf(ip));
  }

  /** Brings what a previous `APP_SECRET` named under the name of the current one. */
  async renew(tx: EntityManager, userId: string, ip: string): Promise<void> {
    if (!this.keys.hasPrevious) return;
    const [name, ...previous] = this.namesOf(ip);
    await runPrepared(
      tx,
      'known_networks_renew',
      sql`
        WITH renamed AS (
          DELETE FROM known_networks WHERE user_id = ${userId} AND network = ANY(${previous}::text[])
          RETURNING last_seen_at)
        INSERT INTO known_networks AS n (user_id, network, last_seen_at)
        SELECT ${userId}, ${name}, max(last_seen_at) FROM renamed HAVING count(*) > 0
        ON CONFLICT (user_id, network)
        DO UPDATE SET last_seen_at = greatest(n.last_seen_at, EXCLUDED.last_seen_at)`,
    );
  }
}
