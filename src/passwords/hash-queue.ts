import { availableParallelism } from 'node:os';
import { Injectable } from '@nestjs/common';
import pLimit, { type LimitFunction } from 'p-limit';
import { AppError } from '../common/app-error.js';
import { AppConfig } from '../config/app-config.js';
import { Metrics } from '../metrics/metrics.service.js';

const WAITING_PER_HASH = 32;
const RETRY_AFTER_SECONDS = 5;

/**
 * Slow hashes run on worker threads, never more at once than there are cores, and only so many may
 * wait: the rest is told to come back (503) instead of piling up (ASVS 15.1.3, 15.2.2).
 */
@Injectable()
export class HashQueue {
  private readonly limit: LimitFunction;
  private readonly maxWaiting: number;
  private refused = 0;

  constructor({ workerThreads }: AppConfig, metrics: Metrics) {
    // One of libuv's threads stays free: looking up a host name or reading a file must not wait for hashes.
    const atOnce = Math.max(1, Math.min(availableParallelism(), workerThreads - 1));
    this.limit = pLimit(atOnce);
    this.maxWaiting = atOnce * WAITING_PER_HASH;
    metrics.readFrom('gatehouse_hash_queue_running', () => this.limit.activeCount);
    metrics.readFrom('gatehouse_hash_queue_waiting', () => this.limit.pendingCount);
    metrics.readFrom('gatehouse_hash_queue_refused_total', () => this.refused);
  }

  /** Runs a hash when its turn comes. Throws `AppError` 503 `hash_queue_full` at once when too many wait. */
  async run<T>(task: () => Promise<T>): Promise<T> {
    if (this.limit.pendingCount >= this.maxWaiting) {
      this.refused++;
      throw new AppError('hash_queue_full', { retryAfter: RETRY_AFTER_SECONDS });
    }
    return this.limit(task);
  }
}
