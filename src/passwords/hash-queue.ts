import { availableParallelism } from 'node:os';
import { Injectable } from '@nestjs/common';
import { AppError } from '../http/app-error.js';
import { AppConfig } from '../platform/config/app-config.js';
import { Metrics } from '../platform/metrics/metrics.service.js';
import { FairQueue } from './fair-queue.js';
import type { HashPlace } from './hash-place.js';

/** Among known callers, and among strangers. */
const WAITING_PER_HASH = 32;
const RETRY_AFTER_SECONDS = 5;

/** A hash whose turn comes, or whose place was given to another. */
interface Waiting {
  start: () => void;
  refuse: (error: AppError) => void;
}

/**
 * Slow hashes run on worker threads, never more at once than there are cores, and only so many may
 * wait: the rest is told to come back (503) instead of piling up (ASVS 15.1.3, 15.2.2).
 *
 * Known callers and strangers wait apart and have every other turn, so that no flood of strangers keeps an owner
 * out. Among each, turns go round by network (ASVS 15.4.4). No library that we found shares a queue like this:
 * those with priorities let one class starve another, those with a limit for each key share no total.
 */
@Injectable()
export class HashQueue {
  private readonly atOnce: number;
  private readonly maxWaiting: number;
  private readonly waiting = {
    known: new FairQueue<Waiting>(),
    strangers: new FairQueue<Waiting>(),
  };
  private turn: HashPlace['among'] = 'known';
  private running = 0;
  private refused = 0;

  constructor({ workerThreads }: AppConfig, metrics: Metrics) {
    // One of libuv's threads stays free: looking up a host name or reading a file must not wait for hashes.
    this.atOnce = Math.max(1, Math.min(availableParallelism(), workerThreads - 1));
    this.maxWaiting = this.atOnce * WAITING_PER_HASH;
    const { known, strangers } = this.waiting;
    metrics.readFrom('gatehouse_hash_queue_running', () => this.running);
    metrics.readFrom('gatehouse_hash_queue_waiting', () => known.size + strangers.size);
    metrics.readFrom('gatehouse_hash_queue_refused_total', () => this.refused);
  }

  /**
   * Runs a hash when its turn comes. Throws `AppError` 503 `hash_queue_full` when too many wait: at once, or
   * when its place is given to a caller whose share is smaller.
   */
  async runHash<T>(task: () => Promise<T>, place: HashPlace): Promise<T> {
    if (this.running < this.atOnce) this.running++;
    else await this.wait(place);
    try {
      return await task();
    } finally {
      this.startNext();
    }
  }

  private async wait({ among, shares }: HashPlace): Promise<void> {
    const queue = this.waiting[among];
    if (queue.size >= this.maxWaiting) {
      this.refused++;
      const full = new AppError('hash_queue_full', { retryAfter: RETRY_AFTER_SECONDS });
      const leaving = queue.makeRoomFor(shares);
      if (!leaving) throw full;
      leaving.refuse(full);
    }
    await new Promise<void>((start, refuse) => queue.add(shares, { start, refuse }));
  }

  /** Hands the thread of a hash that has ended to the next one. */
  private startNext(): void {
    const other = this.turn === 'known' ? 'strangers' : 'known';
    const next = this.waiting[this.turn].next() ?? this.waiting[other].next();
    this.turn = other;
    if (next) next.start();
    else this.running--;
  }
}
