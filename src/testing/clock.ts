import ms, { type StringValue } from 'ms';

const RealDate = Date;

/** Puts a clock in the place of that of this process. Timers are left alone. */
export function useClock(now: () => number): void {
  globalThis.Date = new Proxy(RealDate, {
    apply: () => new RealDate(now()).toString(),
    construct: (target, args, newTarget) =>
      Reflect.construct(target, args.length === 0 ? [now()] : args, newTarget) as Date,
    get: (target, name) => (name === 'now' ? now : (Reflect.get(target, name) as unknown)),
  });
}

/** Puts the real clock back. */
export function useRealClock(): void {
  globalThis.Date = RealDate;
}

/**
 * The clock of an application under test, and of the test. Timers and PostgreSQL's `now()` keep the real time.
 *
 * ```ts
 * app.clock.advance('15m');
 * expect((await user.http.get('/api/users/me')).status).toBe(401);
 * app.clock.reset();
 * ```
 */
export class TestClock {
  private offset = 0;

  /** Sets the clock ahead, or back: by milliseconds, or a duration such as `'15m'`, `'-2 days'`. */
  advance(by: number | StringValue): void {
    this.offset += typeof by === 'number' ? by : ms(by);
    const { offset } = this;
    useClock(() => RealDate.now() + offset);
  }

  /** Puts the real time back. Closing the application does so as well. */
  reset(): void {
    this.offset = 0;
    useRealClock();
  }
}
