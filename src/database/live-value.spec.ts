import { beforeEach, describe, expect, it } from '@jest/globals';
import type { ChangeFeed } from './change-feed.js';
import { LiveValue } from './live-value.js';

class FakeFeed {
  isLive = true;
  change = () => undefined as void;
  gap = () => undefined as void;

  subscribe(_topic: string, listener: () => void): void {
    this.change = listener;
  }

  onGap(listener: () => void): void {
    this.gap = listener;
  }
}

const settled = () => new Promise((resolve) => setImmediate(resolve));

describe('a live value', () => {
  let feed: FakeFeed;
  let loads: { finish: (value: object) => void; fail: (error: Error) => void }[];
  let live: LiveValue<object>;
  beforeEach(() => {
    feed = new FakeFeed();
    loads = [];
    live = new LiveValue(feed as unknown as ChangeFeed, 'user', () => {
      return new Promise((finish, fail) => loads.push({ finish, fail }));
    });
  });

  const read = async (value: object) => {
    const got = live.get();
    await settled();
    loads.at(-1)!.finish(value);
    return got;
  };

  it('is read once, until it is announced to have changed', async () => {
    const [first, second] = [{ first: true }, { second: true }];
    expect(live.known).toBeUndefined();
    expect(await read(first)).toBe(first);
    expect(await live.get()).toBe(first);
    expect(live.known).toBe(first);
    feed.change();
    expect(live.known).toBeUndefined();
    expect(await read(second)).toBe(second);
    expect(live.known).toBe(second);
    expect(loads).toHaveLength(2);
  });

  it('never counts as known what was read before a change, however late that read ends', async () => {
    const before = live.get();
    await settled();
    feed.change();
    loads[0]!.finish({ old: true });
    await before;
    expect(live.known).toBeUndefined();
    await settled();
    const now = { now: true };
    loads[1]!.finish(now);
    await settled();
    expect(await live.get()).toBe(now);
    expect(live.known).toBe(now);
  });

  it('is read each time while changes may be missed, and again after', async () => {
    await read({});
    feed.isLive = false;
    const blind = { blind: true };
    expect(await read(blind)).toBe(blind);
    expect(live.known).toBeUndefined();
    feed.isLive = true;
    feed.gap();
    expect(live.known).toBeUndefined();
    const again = { again: true };
    expect(await read(again)).toBe(again);
    expect(live.known).toBe(again);
  });

  it('fails with whoever asks when it cannot be read, and is read anew by the next', async () => {
    const failing = live.get();
    await settled();
    loads[0]!.fail(new Error('the database is gone'));
    await expect(failing).rejects.toThrow('the database is gone');
    expect(live.known).toBeUndefined();
    const value = {};
    expect(await read(value)).toBe(value);
  });
});
