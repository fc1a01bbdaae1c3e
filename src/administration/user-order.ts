import { isISO8601 } from 'class-validator';
import { decodeCursor } from '../common/page.js';
import type { USER_ORDERS, UserQueryDto } from './user-query.dto.js';
import type { Condition } from './user-search.js';

/** An order of accounts, rows `u` of users, that has an index which tells any two apart. */
interface Order {
  column: string;
  /** As which a position is read back. */
  type: string;
  index: string;
  /** The columns of the index. */
  position: string[];
  /** The same order, for which the planner knows no index. */
  sorted: string;
}

const ORDERS: Record<(typeof USER_ORDERS)[number], Order> = {
  username: {
    column: 'u.username_key',
    type: 'text',
    index: 'users_username_key',
    position: ['username_key'],
    sorted: `u.username_key || ''`,
  },
  email: {
    column: 'u.email_key',
    type: 'text',
    index: 'users_email_idx',
    position: ['email_key', 'id'],
    sorted: `u.email_key || ''`,
  },
  createdAt: {
    column: 'u.created_at',
    type: 'timestamptz',
    index: 'users_created_idx',
    position: ['created_at', 'id'],
    sorted: `u.created_at + interval '0'`,
  },
};

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** How a list of accounts is ordered. */
export function orderOf({ order }: Pick<UserQueryDto, 'order'>) {
  return {
    order: ORDERS[order.replace('-', '') as keyof typeof ORDERS],
    isDescending: order.startsWith('-'),
  };
}

/** That an account `u` comes after the page before. Throws `AppError` 422 for a cursor of another list. */
export function cursorOf(query: Pick<UserQueryDto, 'cursor' | 'order'>): Condition | undefined {
  if (query.cursor === undefined) return undefined;
  const { order, isDescending } = orderOf(query);
  const { column, type } = order;
  const [position, id] = decodeCursor(query.cursor, listName(query), isPositionOf(type));
  return {
    sql: `(${column}, u.id) ${isDescending ? '<' : '>'} (:position::${type}, :id::uuid)`,
    parameters: { position: position!, id: id! },
  };
}

/** That an account `u` is one of the next so many of the list, whatever the list is searched for. */
export function amongNext(count: number, query: Pick<UserQueryDto, 'cursor' | 'order'>): Condition {
  const { order, isDescending } = orderOf(query);
  const after = cursorOf(query);
  const [position, direction] = [order.position, isDescending ? 'DESC' : 'ASC'];
  const sql = `(${position.map((column) => `u.${column}`).join()}) ${isDescending ? '>=' : '<='}
    (SELECT ${position.join()} FROM users u ${after ? `WHERE ${after.sql}` : ''}
     ORDER BY ${position.map((column) => `${column} ${direction}`).join()} OFFSET ${count - 1} LIMIT 1)`;
  return { sql, parameters: after?.parameters ?? {} };
}

/** What a cursor of the list says that it is of. */
export function listName({ order }: { order: string }): string {
  return `users by ${order}`;
}

function isPositionOf(type: string): (position: string[]) => boolean {
  return ([value, id, ...rest]) =>
    value !== undefined &&
    !value.includes('\0') &&
    (type !== 'timestamptz' || isTime(value)) &&
    UUID.test(id ?? '') &&
    rest.length === 0;
}

/** A time as PostgreSQL writes it: "2026-11-21 09:00:00.123456+00". */
function isTime(value: string): boolean {
  const iso = /^(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d(?:\.\d{1,6})?[+-](?:0\d|1[0-5])(?::\d\d)?)$/.exec(
    value,
  );
  return iso !== null && isISO8601(`${iso[1]}T${iso[2]}`, { strict: true });
}
