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

/** A load under way: its result may be older than a change that was announced since it began. */
interface Load {
  isStale: boolean;
}

/**
 * Things read from the database by their id, each in memory until the change feed announces it. What was read before
 * an announcement is never kept after it, and while the feed is down everything is read.
 *
 * Values are of plain data, and frozen, all that is in them too, but for a `Date`, which cannot be: they are shared by
 * all who ask.
 */
export class LiveEntries<Value extends object> {
  private readonly entries: LRUCache<string, Value>;
  private readonly loads = new Map<string, Set<Load>>();

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

  /** The present value; null when there is none. Throws what `load` throws. */
  async get(id: string): Promise<Value | null> {
    const { load } = this.options;
    if (!this.changes.isLive) return frozen(await load(id));
    return this.entries.get(id) ?? this.loadAndKeep(id, load);
  }

  private async loadAndKeep(id: string, load: LiveEntriesOptions<Value>['load']) {
    const ticket: Load = { isStale: false };
    const tickets = this.loads.get(id) ?? new Set();
    this.loads.set(id, tickets.add(ticket));
    try {
      const value = frozen(await load(id));
      if (value && !ticket.isStale && this.changes.isLive) this.entries.set(id, value);
      return value;
    } finally {
      tickets.delete(ticket);
      if (tickets.size === 0) this.loads.delete(id);
    }
  }

  private drop(id: string): void {
    for (const load of this.loads.get(id) ?? []) load.isStale = true;
    this.entries.delete(id);
  }

  private clear(): void {
    for (const loads of this.loads.values()) {
      for (const load of loads) load.isStale = true;
    }
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
