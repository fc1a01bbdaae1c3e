import { availableParallelism } from 'node:os';
import { Injectable } from '@nestjs/common';
import pLimit from 'p-limit';
import { AppError } from '../common/app-error.js';

const WAITING_PER_CORE = 32;
const RETRY_AFTER_SECONDS = 5;

/**
 * Slow hashes run on worker threads, never more at once than there are cores, and only so many may
 * wait: the rest is told to come back (503) instead of piling up (ASVS 15.1.3, 15.2.2).
 */
@Injectable()
export class HashQueue {
  private readonly cores = availableParallelism();
  private readonly limit = pLimit(this.cores);
  private readonly maxWaiting = this.cores * WAITING_PER_CORE;

  /** Runs a hash when its turn comes. Throws `AppError` 503 `hash_queue_full` at once when too many wait. */
  async run<T>(task: () => Promise<T>): Promise<T> {
    if (this.limit.pendingCount >= this.maxWaiting) {
      throw new AppError('hash_queue_full', { retryAfter: RETRY_AFTER_SECONDS });
    }
    return this.limit(task);
  }
}
