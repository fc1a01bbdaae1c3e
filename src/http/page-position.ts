import { isISO8601 } from 'class-validator';

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** Whether the position in a cursor is one text: the last item of a list by name. */
export function isOneText([text, ...rest]: string[]): boolean {
  return isText(text) && rest.length === 0;
}

/** A time as PostgreSQL writes it: "2026-11-21 09:00:00.123456+00". */
export function isTime(value = ''): boolean {
  const iso = /^(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d(?:\.\d{1,6})?[+-](?:0\d|1[0-5])(?::\d\d)?)$/.exec(
    value,
  );
  return iso !== null && isISO8601(`${iso[1]}T${iso[2]}`, { strict: true });
}

/** An id as PostgreSQL writes it. */
export function isId(value = ''): boolean {
  return UUID.test(value);
}

/** A text that PostgreSQL can compare. */
export function isText(value?: string): boolean {
  return value !== undefined && !value.includes('\0');
}

/** A whole number that fits into a `bigint`. */
export function isWholeNumber(value = ''): boolean {
  return /^-?\d{1,18}$/.test(value);
}
