import { LRUCache } from 'lru-cache';
import type { ChangeFeed } from './change-feed.js';

/** Of an entry: its place in the list, what objects take beside their texts. */
const BYTES_BESIDE = 500;

interface LiveEntriesOptions<Value> {
  /** Those that were used last are kept. */
  maxEntries: number;
  /** Of all entries together, about; one that takes more than a hundredth is not kept. */
  maxBytes: number;
  /** Reads one; null for one that is not there, which is not kept. Its failure is the failure of whoever asks. */
  load: (id: string) => Promise<Value | null>;
}

/**
 * Things read from the database by their id, each in memory until the change feed announces it. What was read before
 * an announcement is never kept after it, nor shared with who asks then; while the feed is down everything is read.
 *
 * Values are of plain data, and frozen, all that is in them too, but for a `Date`, which cannot be: they are shared by
 * all who ask.
 */
export class LiveEntries<Value extends object> {
  private readonly entries: LRUCache<string, Value>;
  /** Reads under way, of which nothing was announced since they began. */
  private readonly loads = new Map<string, Promise<Value | null>>();

  constructor(
    private readonly changes: ChangeFeed,
    topic: string,
    private readonly options: LiveEntriesOptions<Value>,
  ) {
    const { maxEntries, maxBytes } = options;
    this.entries = new LRUCache<string, Value>({
      max: maxEntries,
      maxSize: maxBytes,
      maxEntrySize: Math.floor(maxBytes / 100),
      sizeCalculation: bytesOf,
    });
    changes.subscribe(topic, (id) => (id === '*' ? this.clear() : this.drop(id)));
    changes.onGap(() => this.clear());
  }

  /** How many are in memory. */
  get size(): number {
    return this.entries.size;
  }

  /** The present value; null when there is none. All who ask meanwhile share a read. Throws what `load` throws. */
  async get(id: string): Promise<Value | null> {
    if (!this.changes.isLive && !(await this.changes.proveLive())) {
      return frozen(await this.options.load(id));
    }
    return this.entries.get(id) ?? this.loads.get(id) ?? this.loadAndKeep(id);
  }

  private loadAndKeep(id: string): Promise<Value | null> {
    const loading = this.options
      .load(id)
      .then((loaded) => {
        const value = frozen(loaded);
        const isFresh = this.loads.get(id) === loading && this.changes.isLive;
        if (value && isFresh) this.entries.set(id, value);
        return value;
      })
      .finally(() => {
        if (this.loads.get(id) === loading) this.loads.delete(id);
      });
    this.loads.set(id, loading);
    return loading;
  }

  private drop(id: string): void {
    this.loads.delete(id);
    this.entries.delete(id);
  }

  private clear(): void {
    this.loads.clear();
    this.entries.clear();
  }
}

/** Two bytes for a character is the most that a text takes. */
function bytesOf(value: object): number {
  return BYTES_BESIDE + 2 * JSON.stringify(value).length;
}

function frozen<Value>(value: Value): Value {
  if (typeof value === 'object' && value !== null && !ArrayBuffer.isView(value)) {
    Object.values(Object.freeze(value)).forEach(frozen);
  }
  return value;
}
