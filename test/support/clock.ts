import { jest } from '@jest/globals';
import { built } from './built.js';

// The application runs outside of Jest's sandbox, and has a `Date` of its own.
const { useClock, useRealClock } =
  await built<typeof import('../../src/testing/clock.js')>('src/testing/clock.js');

/** Sets the clock ahead, the application's and the test's, leaving timers alone. Undone by `resetClock`. */
export function moveClock(milliseconds: number): void {
  const now = Date.now() + milliseconds;
  useClock(() => now);
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
  useRealClock();
  jest.useRealTimers();
}
