import { beforeEach, describe, expect, it } from '@jest/globals';
import type { Principal } from '../common/principal.js';
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

const principal = (sessionId: string, userId = 'u1', ttl = 60_000): Principal => ({
  userId,
  username: 'ann',
  roles: [],
  permissions: [],
  isSuperuser: false,
  sessionId,
  authenticatedAt: '',
  amr: [],
  expiresAt: new Date(Date.now() + ttl).toISOString(),
});

describe('the principal cache', () => {
  let feed: FakeFeed;
  let cache: LiveCache;
  let loads: number;
  beforeEach(() => {
    feed = new FakeFeed();
    cache = new LiveCache(feed as unknown as ChangeFeed);
    loads = 0;
  });

  const get = (id: string, answer: Principal | null = principal(id)) =>
    cache.get(id, () => {
      loads++;
      return Promise.resolve(answer);
    });

  /** A load that is under way until it is told to finish. */
  const slowGet = (id: string, answer: Principal | null = principal(id)) => {
    let begin = (_finish: (answer: Principal | null) => void) => undefined as void;
    const begun = new Promise<(answer: Principal | null) => void>((resolve) => (begin = resolve));
    const result = cache.get(id, () => new Promise((resolve) => begin(resolve)));
    return { result, finish: () => void begun.then((finish) => finish(answer)) };
  };

  it('loads once, for the living and for the ended alike', async () => {
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
    await get('s2', principal('s2', 'u2'));
    feed.announce(topic, id);
    await get('s1');
    expect(loads).toBe(3);
    await get('s2', principal('s2', 'u2'));
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
    expect((await after.result)?.sessionId).toBe('s2');
    const [mine, other] = [slowGet('s3', null), (feed.announce('user', 'u9'), slowGet('s3'))];
    other.finish();
    mine.finish();
    expect((await other.result)?.sessionId).toBe('s3');
    // What began before a change counts for nobody, even when it ends last.
    expect((await get('s3'))?.sessionId).toBe('s3');
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
    feed.isLive = true;
    feed.reconnect();
    across.finish();
    await across.result;
    await get('s1');
    await get('s2');
    expect(loads).toBe(2);
  });

  it('asks again about a session that seems to have expired', async () => {
    await get('s1', principal('s1', 'u1', -1));
    await get('s1');
    await get('s1');
    expect(loads).toBe(2);
  });

  it('passes a failure on and keeps nothing', async () => {
    await expect(cache.get('s1', () => Promise.reject(new Error('down')))).rejects.toThrow('down');
    await get('s1');
    expect(loads).toBe(1);
  });
});
