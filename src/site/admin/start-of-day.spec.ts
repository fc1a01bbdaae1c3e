import { describe, expect, it } from '@jest/globals';
import { isTimeZone, startOfDay } from './start-of-day.js';

describe('the start of a day', () => {
  it.each([
    ['UTC', '2026-11-26', '2026-11-26T00:00:00.000Z'],
    ['America/New_York', '2026-11-26', '2026-11-26T05:00:00.000Z'],
    ['Asia/Kathmandu', '2026-11-26', '2026-11-25T18:15:00.000Z'],
    ['Pacific/Kiritimati', '2026-11-26', '2026-11-25T10:00:00.000Z'],
    // The clocks change on that day, but not at midnight.
    ['Europe/Berlin', '2026-03-29', '2026-03-28T23:00:00.000Z'],
    ['Europe/Berlin', '2026-03-30', '2026-03-29T22:00:00.000Z'],
    ['Europe/Berlin', '2026-10-25', '2026-10-24T22:00:00.000Z'],
    // There is no midnight.
    ['America/Sao_Paulo', '2018-11-04', '2018-11-04T03:00:00.000Z'],
    // Midnight comes twice.
    ['America/Havana', '2025-11-02', '2025-11-02T04:00:00.000Z'],
    // The evening before comes twice.
    ['America/Sao_Paulo', '2018-02-18', '2018-02-18T03:00:00.000Z'],
  ])('in %s on %s is %s', (zone, day, start) => {
    expect(startOfDay(day, zone).toISOString()).toBe(start);
  });

  it('is asked for in a time zone that exists', () => {
    expect(isTimeZone('Europe/Berlin')).toBe(true);
    for (const none of ['Mars/Olympus', '', ' ', 'x'.repeat(10_000), 17, null, ['UTC'], {}]) {
      expect(isTimeZone(none)).toBe(false);
    }
  });
});
