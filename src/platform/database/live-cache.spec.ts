import { beforeEach, describe, expect, it } from '@jest/globals';
import type { ChangeFeed } from './change-feed.js';
import { LiveCache } from './live-cache.js';

/** The feed as the cache sees it. */
class FakeFeed {
  isLive = true;
  proveLive = async () => this.isLive;
  private readonly listeners = new Map<string, (id: string) => void>();
  private gap = () => undefined as void;

  subscribe(topic: string, listener: (id: string) => void): void {
    this.listeners.set(topic, listener);
  }

  onGap(listener: () => void): void {
    this.gap = listener;
  }

  announce(topic: string, id: string): void {
    this.listeners.get(topic)!(id);
  }

  reconnect(): void {
    this.gap();
  }
}

/** A value as the database has it, of a key and an owner. */
interface Row {
  key: string;
  owner: string;
  expiresAt: number;
}

const rowOf = (key: string, owner = 'u1', ttl = 60_000): Row => ({
  key,
  owner,
  expiresAt: Date.now() + ttl,
});

const settled = () => new Promise((resolve) => setImmediate(resolve));

describe('a live cache of many values with owners', () => {
  let feed: FakeFeed;
  let cache: LiveCache<Row | null>;
  let loads: number;
  /** What the next load of a key returns: at once, or when a test says so. */
  let answers: Map<string, () => Promise<Row | null>>;
  beforeEach(() => {
    feed = new FakeFeed();
    answers = new Map();
    cache = new LiveCache<Row | null>(feed as unknown as ChangeFeed, {
      topics: { session: 'keys', user: 'owners' },
      load: (key) => answers.get(key)!(),
      ownerOf: (row) => row?.owner,
      expiryOf: (row) => row?.expiresAt ?? Infinity,
      max: 10,
    });
    loads = 0;
  });

  const get = (key: string, answer: Row | null = rowOf(key)) => {
    answers.set(key, () => {
      loads++;
      return Promise.resolve(answer);
    });
    return cache.get(key);
  };

  /** A load that is under way until it is told to finish. */
  const slowGet = (key: string, answer: Row | null = rowOf(key)) => {
    let begin = (_finish: (answer: Row | null) => void) => undefined as void;
    const begun = new Promise<(answer: Row | null) => void>((resolve) => (begin = resolve));
    answers.set(key, () => new Promise((resolve) => begin(resolve)));
    const result = cache.get(key);
    return { result, finish: () => void begun.then((finish) => finish(answer)) };
  };

  it('loads once, for what there is and for what there is not alike', async () => {
    await get('s1');
    await get('s1');
    await get('s2', null);
    await get('s2', null);
    expect(loads).toBe(2);
  });

  it.each([
    ['its session changes', 'session', 's1'],
    ['its user changes', 'user', 'u1'],
    ['all sessions change', 'session', '*'],
  ])('loads again when %s, and others not', async (_, topic, id) => {
    await get('s1');
    await get('s2', rowOf('s2', 'u2'));
    feed.announce(topic, id);
    await get('s1');
    expect(loads).toBe(3);
    await get('s2', rowOf('s2', 'u2'));
    expect(loads).toBe(id === '*' ? 4 : 3);
  });

  it.each([
    ['session', 's1'],
    ['user', 'u1'],
    ['session', '*'],
  ])('does not keep what was read before a change of %s %s [ASVS 15.4.1]', async (topic, id) => {
    const load = slowGet('s1');
    feed.announce(topic, id);
    load.finish();
    await load.result;
    await get('s1');
    expect(loads).toBe(1);
  });

  it('reads once for all who ask at once, but not for who asks after a change', async () => {
    const first = slowGet('s1');
    const second = slowGet('s1');
    first.finish();
    expect(await second.result).toBe(await first.result);
    const [before, after] = [slowGet('s2', null), (feed.announce('session', 's2'), slowGet('s2'))];
    after.finish();
    before.finish();
    expect(await before.result).toBeNull();
    expect((await after.result)?.key).toBe('s2');
    const [mine, other] = [slowGet('s3', null), (feed.announce('user', 'u9'), slowGet('s3'))];
    other.finish();
    mine.finish();
    expect((await other.result)?.key).toBe('s3');
    // What began before a change counts for nobody, even when it ends last.
    expect((await get('s3'))?.key).toBe('s3');
    expect(loads).toBe(0);
  });

  it('serves from memory once the feed has answered that was only late', async () => {
    await get('s1');
    feed.isLive = false;
    feed.proveLive = async () => (feed.isLive = true);
    await get('s1');
    expect(loads).toBe(1);
  });

  it('keeps what was read while something else changed [ASVS 15.4.1]', async () => {
    const load = slowGet('s1');
    feed.announce('session', 's2');
    feed.announce('user', 'u2');
    load.finish();
    await load.result;
    await get('s1');
    expect(loads).toBe(0);
  });

  it('serves nothing from memory while the feed is down, and forgets all when it is back', async () => {
    await get('s1');
    feed.isLive = false;
    await get('s1');
    await get('s1');
    expect(loads).toBe(3);
    feed.isLive = true;
    feed.reconnect();
    await get('s1');
    expect(loads).toBe(4);
  });

  it('does not keep what was read while the feed went down or was down in between', async () => {
    const during = slowGet('s1');
    feed.isLive = false;
    during.finish();
    await during.result;
    const across = slowGet('s2');
    await settled();
    feed.isLive = true;
    feed.reconnect();
    across.finish();
    await across.result;
    await get('s1');
    await get('s2');
    expect(loads).toBe(2);
  });

  it('asks again about a session that seems to have expired', async () => {
    await get('s1', rowOf('s1', 'u1', -1));
    await get('s1');
    await get('s1');
    expect(loads).toBe(2);
  });

  it('passes a failure on and keeps nothing', async () => {
    answers.set('s1', () => Promise.reject(new Error('down')));
    await expect(cache.get('s1')).rejects.toThrow('down');
    await get('s1');
    expect(loads).toBe(1);
  });
});

describe('a live cache of a single value', () => {
  let feed: FakeFeed;
  let loads: { finish: (value: object) => void; fail: (error: Error) => void }[];
  let cache: LiveCache<object>;
  beforeEach(() => {
    feed = new FakeFeed();
    loads = [];
    cache = new LiveCache<object>(feed as unknown as ChangeFeed, {
      topics: { signing_key: 'all' },
      load: () => new Promise((finish, fail) => loads.push({ finish, fail })),
    });
  });

  const read = async (value: object) => {
    const got = cache.get('all');
    await settled();
    loads.at(-1)!.finish(value);
    return got;
  };

  it('is read once, until it is announced to have changed', async () => {
    const [first, second] = [{ first: true }, { second: true }];
    expect(cache.known('all')).toBeUndefined();
    expect(await read(first)).toBe(first);
    expect(await cache.get('all')).toBe(first);
    expect(cache.known('all')).toBe(first);
    feed.announce('signing_key', 'any id');
    expect(cache.known('all')).toBeUndefined();
    expect(await read(second)).toBe(second);
    expect(cache.known('all')).toBe(second);
    expect(loads).toHaveLength(2);
  });

  it('never counts as known what was read before a change, however late that read ends', async () => {
    const before = cache.get('all');
    await settled();
    feed.announce('signing_key', 'any id');
    loads[0]!.finish({ old: true });
    await before;
    expect(cache.known('all')).toBeUndefined();
    const now = { now: true };
    expect(await read(now)).toBe(now);
    expect(await cache.get('all')).toBe(now);
    expect(cache.known('all')).toBe(now);
  });

  it('is read each time while changes may be missed, and again after', async () => {
    await read({});
    feed.isLive = false;
    const blind = { blind: true };
    expect(await read(blind)).toBe(blind);
    expect(cache.known('all')).toBeUndefined();
    feed.isLive = true;
    feed.reconnect();
    expect(cache.known('all')).toBeUndefined();
    const again = { again: true };
    expect(await read(again)).toBe(again);
    expect(cache.known('all')).toBe(again);
  });

  it('fails with whoever asks when it cannot be read, and is read anew by the next', async () => {
    const failing = cache.get('all');
    await settled();
    loads[0]!.fail(new Error('the database is gone'));
    await expect(failing).rejects.toThrow('the database is gone');
    expect(cache.known('all')).toBeUndefined();
    const value = {};
    expect(await read(value)).toBe(value);
  });
  it('is read once more for all who ask during a read while changes may be missed', async () => {
    feed.isLive = false;
    const first = cache.get('all');
    const later = [cache.get('all'), cache.get('all')];
    await settled();
    expect(loads).toHaveLength(1);
    const [old, now] = [{ old: true }, { now: true }];
    loads[0]!.finish(old);
    expect(await first).toBe(old);
    await settled();
    expect(loads).toHaveLength(2);
    loads[1]!.finish(now);
    expect(await Promise.all(later)).toEqual([now, now]);
    expect(loads).toHaveLength(2);
  });
});
