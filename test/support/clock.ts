import vm from 'node:vm';
import { jest } from '@jest/globals';

const RealDate = vm.runInThisContext('Date') as DateConstructor;

/** Sets the clock ahead, the application's and the test's, leaving timers alone. Undone by `resetClock`. */
export function moveClock(milliseconds: number): void {
  const now = Date.now() + milliseconds;
  setApplicationDate(
    new Proxy(RealDate, {
      construct: (target, args, newTarget) =>
        Reflect.construct(target, args.length === 0 ? [now] : args, newTarget) as Date,
      get: (target, name) => (name === 'now' ? () => now : (Reflect.get(target, name) as unknown)),
    }),
  );
  jest.useFakeTimers({
    now,
    doNotFake: [
      'hrtime',
      'nextTick',
      'performance',
      'queueMicrotask',
      'setImmediate',
      'clearImmediate',
      'setInterval',
      'clearInterval',
      'setTimeout',
      'clearTimeout',
    ],
  });
}

export function resetClock(): void {
  setApplicationDate(RealDate);
  jest.useRealTimers();
}

/** The application runs outside of Jest's sandbox, and has a `Date` of its own. */
const setApplicationDate = vm.runInThisContext('(date) => { globalThis.Date = date; }') as (
  date: DateConstructor,
) => void;
