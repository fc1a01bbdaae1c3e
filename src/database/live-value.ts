import type { ChangeFeed } from './change-feed.js';
import type { Topic } from './topics.js';

/**
 * Something read from the database, in memory until the change feed announces that it may have changed.
 * What was read before an announcement never counts after it, also when the read ends later.
 */
export class LiveValue<Value extends object> {
  private value: Value | undefined;
  private announced = 0;
  /** How many announcements the value has seen. */
  private seen = -1;
  private running: Promise<unknown> = Promise.resolve();
  private queued: Promise<Value> | undefined;
  private wasAsked = false;

  /** @param load reads it; its failure is the failure of whoever asks */
  constructor(
    private readonly changes: ChangeFeed,
    topic: Topic,
    private readonly load: () => Promise<Value>,
  ) {
    const forget = () => {
      this.announced++;
      // Whoever asked before will ask again.
      if (this.wasAsked) void this.read().catch(() => undefined);
    };
    changes.subscribe(topic, forget);
    changes.onGap(forget);
  }

  /** The value, if it surely is the present one; else undefined. */
  get known(): Value | undefined {
    return this.seen === this.announced && this.changes.isLive ? this.value : undefined;
  }

  /** The present value, read again if need be. Throws what `load` throws. */
  async get(): Promise<Value> {
    this.wasAsked = true;
    return this.known ?? this.read();
  }

  /** A read that has begun may have missed a change: all who ask meanwhile share the next one. */
  private read(): Promise<Value> {
    this.queued ??= this.running
      .catch(() => undefined)
      .then(() => {
        this.queued = undefined;
        const reading = this.readNow();
        this.running = reading;
        return reading;
      });
    return this.queued;
  }

  private async readNow(): Promise<Value> {
    const { announced } = this;
    const value = await this.load();
    this.value = value;
    this.seen = announced;
    return value;
  }
}
