const OFFSET = /GMT(?:([+-])(\d\d):(\d\d)(?::(\d\d))?)?/;
const DAY = 86_400_000;

/** Whether a text is the name of a time zone, as browsers know theirs: `Europe/Berlin`. */
export function isTimeZone(zone: unknown): zone is string {
  try {
    return typeof zone === 'string' && formatFor(zone) !== undefined;
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}

/**
 * The first moment of a day in a time zone. Where clocks skip midnight, the day begins later; where they show it twice,
 * at the first time.
 * @param day as `2026-11-26`
 */
export function startOfDay(day: string, zone: string): Date {
  const midnight = Date.parse(day);
  // Before and after a change of the clocks on that day.
  const starts = [midnight - DAY, midnight + DAY]
    .map((around) => midnight - offsetAt(around, zone))
    .toSorted((a, b) => a - b);
  const isOnDay = (time: number) => time + offsetAt(time, zone) >= midnight;
  return new Date(starts.find(isOnDay) ?? midnight);
}

/** How far the clocks of a zone are ahead of UTC, in milliseconds. */
function offsetAt(time: number, zone: string): number {
  const [, sign, hours, minutes, seconds = '0'] = OFFSET.exec(formatFor(zone).format(time))!;
  if (!sign) return 0;
  const size = (Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds);
  return (sign === '-' ? -size : size) * 1000;
}

function formatFor(timeZone: string): Intl.DateTimeFormat {
  return new Intl.DateTimeFormat('en', { timeZone, timeZoneName: 'longOffset' });
}
