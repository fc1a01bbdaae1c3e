import { beforeEach, describe, expect, it } from '@jest/globals';
import type { ChangeFeed } from './change-feed.js';
import { LiveEntries } from './live-entries.js';

class FakeFeed {
  isLive = true;
  proveLive = async () => this.isLive;
  announce = (_id: string) => undefined as void;
  reconnect = () => undefined as void;

  subscribe(_topic: string, listener: (id: string) => void): void {
    this.announce = listener;
  }

  onGap(listener: () => void): void {
    this.reconnect = listener;
  }
}

interface Person {
  name: string;
  tags: string[];
}

describe('live entries', () => {
  let feed: FakeFeed;
  let live: LiveEntries<Person>;
  /** What was read, each until it is told how it ends. */
  let loads: { id: string; finish: (person: Person | null) => void; fail: (e: Error) => void }[];
  beforeEach(() => {
    feed = new FakeFeed();
    loads = [];
    live = entries();
  });

  const entries = (maxEntries = 10, maxBytes = 1_000_000) =>
    new LiveEntries<Person>(feed as unknown as ChangeFeed, 'topic', {
      maxEntries,
      maxBytes,
      load: (id) => new Promise((finish, fail) => loads.push({ id, finish, fail })),
    });
  const ann = (): Person => ({ name: 'Ann', tags: ['one'] });
  const read = async (id: string, person: Person | null = ann()) => {
    const before = loads.length;
    const got = live.get(id);
    await new Promise(setImmediate);
    if (loads.length > before) loads.at(-1)!.finish(person);
    return got;
  };

  it('are read once, until they are announced to have changed, and others not', async () => {
    await read('a');
    await read('b');
    await read('a');
    expect(loads).toHaveLength(2);
    feed.announce('a');
    expect(await read('a', { name: 'Anna', tags: [] })).toEqual({ name: 'Anna', tags: [] });
    expect(await live.get('a')).toEqual({ name: 'Anna', tags: [] });
    await read('b');
    expect(loads).toHaveLength(3);
    feed.announce('*');
    await read('a');
    await read('b');
    expect(loads).toHaveLength(5);
  });

  it.each(['a', '*'])(
    'do not keep what was read before a change of %s, however late that read ends [ASVS 15.4.1]',
    async (id) => {
      const early = live.get('a');
      feed.announce(id);
      const late = live.get('a');
      loads[1]!.finish({ name: 'Anna', tags: [] });
      await late;
      loads[0]!.finish(ann());
      // Who asked before the change may see what was before.
      expect(await early).toEqual(ann());
      expect(await live.get('a')).toEqual({ name: 'Anna', tags: [] });
      expect(loads).toHaveLength(2);
    },
  );

  it('are read once for all who ask at once, but not for who asks after a change', async () => {
    const crowd = Promise.all([1, 2, 3].map(() => live.get('a')));
    const other = live.get('b');
    expect(loads.map(({ id }) => id)).toEqual(['a', 'b']);
    feed.announce('a');
    const late = live.get('a');
    expect(loads.map(({ id }) => id)).toEqual(['a', 'b', 'a']);
    loads[0]!.finish(ann());
    expect(await crowd).toEqual([ann(), ann(), ann()]);
    // The end of the first is not the end of the second.
    const later = live.get('a');
    expect(loads).toHaveLength(3);
    loads[1]!.finish(ann());
    loads[2]!.finish({ name: 'Anna', tags: [] });
    expect(await other).toEqual(ann());
    expect(await late).toEqual({ name: 'Anna', tags: [] });
    expect(await later).toBe(await late);
    const failing = Promise.allSettled([live.get('c'), live.get('c')]);
    loads[3]!.fail(new Error('the database is gone'));
    expect((await failing).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  });

  it('keep what was read while something else changed', async () => {
    const reading = live.get('a');
    feed.announce('b');
    loads[0]!.finish(ann());
    await reading;
    await live.get('a');
    expect(loads).toHaveLength(1);
  });

  it('are read each time while changes may be missed, and nothing of before counts after', async () => {
    await read('a');
    feed.isLive = false;
    await read('a');
    await read('a');
    expect(loads).toHaveLength(3);
    const across = live.get('b');
    const during = live.get('c');
    await new Promise(setImmediate);
    loads[4]!.finish(ann());
    await during;
    feed.isLive = true;
    feed.reconnect();
    loads[3]!.finish(ann());
    await across;
    expect(live.size).toBe(0);
    const before = live.get('d');
    feed.isLive = false;
    loads[5]!.finish(ann());
    await before;
    expect(live.size).toBe(0);
  });

  it('are of a bounded number: those that were used last', async () => {
    live = entries(3);
    for (const id of ['a', 'b', 'c', 'a', 'd']) await read(id);
    expect(live.size).toBe(3);
    expect(loads).toHaveLength(4);
    await read('a');
    expect(loads).toHaveLength(4);
    await read('b');
    expect(loads).toHaveLength(5);
  });

  it('are of a bounded size, and what takes much of it is not kept', async () => {
    live = entries(10_000, 100_000);
    for (let id = 0; id < 1_000; id++) await read(String(id));
    expect(live.size).toBeGreaterThan(100);
    expect(live.size).toBeLessThan(200);
    const { size } = live;
    const long = { name: 'x'.repeat(500), tags: [] };
    expect(await read('long', long)).toEqual(long);
    await read('long', long);
    expect(loads).toHaveLength(1_002);
    expect(live.size).toBe(size);
  });

  it('do not keep what is not there, nor a failure', async () => {
    expect(await read('a', null)).toBeNull();
    const failing = live.get('a');
    loads[1]!.fail(new Error('the database is gone'));
    await expect(failing).rejects.toThrow('the database is gone');
    expect(await read('a')).toEqual(ann());
    expect(loads).toHaveLength(3);
  });

  it('cannot be changed by who gets them, kept or not', async () => {
    const person = (await read('a'))!;
    expect(() => person.tags.push('two')).toThrow(TypeError);
    expect(() => (person.name = 'Bob')).toThrow(TypeError);
    feed.isLive = false;
    const unkept = (await read('a'))!;
    expect(() => unkept.tags.push('two')).toThrow(TypeError);
    expect(await read('a')).toEqual(ann());
  });
});
