import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { FairQueue } from './fair-queue.js';

const MAX = 6;

/** What a bounded queue does with each newcomer; returns what it hands out in the end. */
function serve(newcomers: string[][]): string[] {
  const queue = new FairQueue<string>();
  for (const [i, shares] of newcomers.entries()) {
    const isFull = queue.size === MAX;
    if (isFull && queue.makeRoomFor(shares) === undefined) continue;
    queue.add(shares, `${shares.join('/')}#${i}`);
  }
  const served = [];
  for (let item = queue.next(); item !== undefined; item = queue.next()) served.push(item);
  expect(queue.size).toBe(0);
  return served;
}

const shares = fc.tuple(fc.constantFrom('a', 'b', 'c'), fc.constantFrom('x', 'y'));

describe('a fair queue', () => {
  it('gives each share one turn after the other, and each share of it again', () => {
    expect(
      serve([
        ['a', 'x'],
        ['a', 'x'],
        ['a', 'y'],
        ['b', 'x'],
      ]),
    ).toEqual(['a/x#0', 'b/x#3', 'a/y#2', 'a/x#1']);
  });

  it('lets a newcomer in for the newest item of a share that fills it', () => {
    const flood = Array.from({ length: 20 }, (_, i) => ['a', `${i}`]);
    const served = serve([...flood, ['b', 'x']]);
    expect(served).toHaveLength(MAX);
    expect(served[1]).toBe('b/x#20');
  });

  it('refuses the newcomer whose own share is the largest', () => {
    const queue = new FairQueue<number>();
    for (let i = 0; i < MAX; i++) queue.add(['a', 'x'], i);
    expect(queue.makeRoomFor(['a', 'x'])).toBeUndefined();
    expect(queue.makeRoomFor(['a', 'y'])).toBe(MAX - 1);
    expect(queue.size).toBe(MAX - 1);
  });

  it('loses and invents nothing, and keeps the order within a share', () => {
    fc.assert(
      fc.property(fc.array(shares, { maxLength: 30 }), (newcomers) => {
        const served = serve(newcomers);
        expect(served).toHaveLength(Math.min(newcomers.length, MAX));
        expect(new Set(served).size).toBe(served.length);
        for (const name of new Set(newcomers.map((one) => one.join('/')))) {
          const order = served
            .filter((item) => item.startsWith(`${name}#`))
            .map((item) => Number(item.split('#')[1]));
          expect(order).toEqual(order.toSorted((a, b) => a - b));
        }
      }),
    );
  });

  it('gives no share more than one place above another that was refused', () => {
    fc.assert(
      fc.property(fc.array(shares, { minLength: MAX, maxLength: 60 }), (newcomers) => {
        const served = serve(newcomers);
        const asked = (name: string) => newcomers.filter(([first]) => first === name).length;
        const got = (name: string) => served.filter((item) => item.startsWith(name)).length;
        for (const one of ['a', 'b', 'c']) {
          for (const other of ['a', 'b', 'c']) {
            if (got(one) < asked(one)) expect(got(other)).toBeLessThanOrEqual(got(one) + 1);
          }
        }
      }),
    );
  });
});
