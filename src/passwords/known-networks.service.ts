import { Injectable } from '@nestjs/common';
import ms from 'ms';
import { DataSource, type EntityManager, LessThanOrEqual, MoreThan } from 'typeorm';
import { networkOf } from '../common/client-ip.js';
import { deriveKey, mac } from '../common/crypto.js';
import { AppConfig } from '../config/app-config.js';
import { KnownNetwork } from './known-network.entity.js';

/** Addresses are given to others after a while. */
const KNOWN_FOR = ms('30d');

/** From which networks accounts were signed in to lately. The one writer of its table. */
@Injectable()
export class KnownNetworksService {
  private readonly key: Buffer;

  constructor(
    private readonly dataSource: DataSource,
    { appSecret }: AppConfig,
  ) {
    this.key = deriveKey(appSecret, 'known-networks');
  }

  /** Notes that the owner of an account was there: by a sign-in, or by a link from their mailbox. */
  async note(tx: EntityManager, userId: string, ip: string, now: Date): Promise<void> {
    const network = this.nameOf(ip);
    await tx.upsert(KnownNetwork, { userId, network, lastSeenAt: now }, ['userId', 'network']);
  }

  /** Whether an account was signed in to from there in the last 30 days. */
  async isKnown(userId: string, ip: string, now: Date): Promise<boolean> {
    return this.dataSource.manager.existsBy(KnownNetwork, {
      userId,
      network: this.nameOf(ip),
      lastSeenAt: MoreThan(new Date(now.getTime() - KNOWN_FOR)),
    });
  }

  /** Deletes what is no longer known; returns how much. */
  async purge(now: Date): Promise<number> {
    const { affected } = await this.dataSource.manager.delete(KnownNetwork, {
      lastSeenAt: LessThanOrEqual(new Date(now.getTime() - KNOWN_FOR)),
    });
    return affected ?? 0;
  }

  private nameOf(ip: string): string {
    return mac(this.key, networkOf(ip));
  }
}
