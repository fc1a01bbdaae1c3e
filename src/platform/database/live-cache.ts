import { LRUCache } from 'lru-cache';
import { atMost } from '../../common/at-most.js';
import type { ChangeFeed } from './change-feed.js';
import type { Topic } from './topics.js';

/** What the ids of a topic are: keys, owners, or of no matter, because any change may concern every value. */
type Ids = 'keys' | 'owners' | 'all';

interface Options<Value> {
  /** The topics that announce changes. The id `*` concerns every value. */
  topics: Partial<Record<Topic, Ids>>;
  /** Reads the value of a key. Its failure is the failure of all who ask at once, and nothing is kept. */
  load: (key: string) => Promise<Value>;
  /** Whose a value is; undefined for a value without an owner. */
  ownerOf?: (value: Value) => string | undefined;
  /** When a value must be read again in any case, in milliseconds since 1970. */
  expiryOf?: (value: Value) => number;
  /** How many values are kept: those that were used last. One, if left out. */
  max?: number;
}

interface Entry<Value> {
  value: Value;
  expiresAt: number;
}

/** A load under way, and which owners changed since it began: its result may be older than they are. */
interface Load<Value> {
  result: Promise<Value>;
  changedOwners: Set<string>;
}

/**
 * Values read from the database, in memory until the change feed announces that they may have changed. What was read
 * before such an announcement is never kept, nor shared with callers that come later. While the feed is down nothing
 * is served from memory. A single value is a cache with one key.
 */
export class LiveCache<Value> {
  /** How many values were asked for since the start, by where they came from. */
  readonly lookups = { memory: 0, database: 0 };
  private readonly entries: LRUCache<string, Entry<Value>>;
  private readonly keysOf = new Map<string, Set<string>>();
  /** Of each key the latest, until something is announced that it may have missed. */
  private readonly loads = new Map<string, Load<Value>>();
  /** Loads that begin when the one under way has ended, shared by all who ask until then. */
  private readonly nextLoads = new Map<string, Promise<Value>>();

  constructor(
    private readonly changes: ChangeFeed,
    private readonly options: Options<Value>,
  ) {
    this.entries = new LRUCache({
      ...atMost(options.max ?? 1),
      dispose: ({ value }, key) => this.forgetOwner(value, key),
    });
    for (const [topic, ids] of Object.entries(options.topics) as [Topic, Ids][]) {
      changes.subscribe(topic, (id) => {
        if (id === '*' || ids === 'all') this.clear();
        else if (ids === 'keys') this.drop(id);
        else this.dropOwned(id);
      });
    }
    changes.onGap(() => this.clear());
  }

  /** How many values are in memory. */
  get size(): number {
    return this.entries.size;
  }

  /** The value of a key: from memory if it can be trusted, else from `load`. Throws what `load` throws. */
  async get(key: string): Promise<Value> {
    if (!this.changes.isLive && !(await this.changes.proveLive())) return this.loadBlindly(key);
    const kept = this.entryOf(key);
    if (kept) return kept.value;
    const underWay = this.loads.get(key);
    // Whose value it is, is not known yet: any owner that changed may be the one.
    if (underWay?.changedOwners.size !== 0) return this.loadAndKeep(key);
    this.lookups.memory++;
    return underWay.result;
  }

  /** The value of a key, if it is in memory and can be trusted; else undefined. */
  known(key: string): Value | undefined {
    return this.entryOf(key)?.value;
  }

  private entryOf(key: string): Entry<Value> | undefined {
    const kept = this.changes.isLive ? this.entries.get(key) : undefined;
    if (!kept || kept.expiresAt <= Date.now()) return undefined;
    this.lookups.memory++;
    return kept;
  }

  /** A load under way may have missed a change that was not announced: all who ask meanwhile share the next one. */
  private loadBlindly(key: string): Promise<Value> {
    const underWay = this.loads.get(key);
    if (!underWay) return this.loadAndKeep(key);
    const shared = this.nextLoads.get(key);
    if (shared) return shared;
    const next = underWay.result
      .catch(() => undefined)
      .then(() => {
        this.nextLoads.delete(key);
        return this.loadAndKeep(key);
      });
    this.nextLoads.set(key, next);
    return next;
  }

  private async loadAndKeep(key: string): Promise<Value> {
    this.lookups.database++;
    const load: Load<Value> = { result: this.options.load(key), changedOwners: new Set() };
    this.loads.set(key, load);
    try {
      const value = await load.result;
      const isLatest = this.loads.get(key) === load;
      const owner = this.options.ownerOf?.(value);
      const isFresh = isLatest && !(owner !== undefined && load.changedOwners.has(owner));
      if (isFresh && this.changes.isLive) this.keep(key, value, owner);
      return value;
    } finally {
      if (this.loads.get(key) === load) this.loads.delete(key);
    }
  }

  private keep(key: string, value: Value, owner: string | undefined): void {
    const expiresAt = this.options.expiryOf?.(value) ?? Infinity;
    this.entries.set(key, { value, expiresAt });
    if (owner === undefined) return;
    const keys = this.keysOf.get(owner) ?? new Set();
    this.keysOf.set(owner, keys.add(key));
  }

  private drop(key: string): void {
    this.loads.delete(key);
    this.entries.delete(key);
  }

  private dropOwned(owner: string): void {
    for (const { changedOwners } of this.loads.values()) changedOwners.add(owner);
    for (const key of this.keysOf.get(owner) ?? []) this.entries.delete(key);
  }

  private clear(): void {
    this.loads.clear();
    this.entries.clear();
    this.keysOf.clear();
  }

  private forgetOwner(value: Value, key: string): void {
    const owner = this.options.ownerOf?.(value);
    const keys = owner === undefined ? undefined : this.keysOf.get(owner);
    keys?.delete(key);
    if (keys?.size === 0) this.keysOf.delete(owner!);
  }
}
