import { decodeCursor } from '../../http/page.js';
import { isId, isText, isTime } from '../../http/page-position.js';
import type { USER_ORDERS, UserQueryDto } from './user-query.dto.js';
import type { Condition } from './user-search.js';

/** An order of accounts, rows `u` of users: by a column that has an index, then by id. */
interface Order {
  column: string;
  /** As which a position is read back. */
  type: string;
}

const ORDERS: Record<(typeof USER_ORDERS)[number], Order> = {
  username: { column: 'u.username_key', type: 'text' },
  email: { column: 'u.email_key', type: 'text' },
  createdAt: { column: 'u.created_at', type: 'timestamptz' },
};

/** How a list of accounts is ordered. */
export function orderOf({ order }: Pick<UserQueryDto, 'order'>) {
  const { column, type } = ORDERS[order.replace('-', '') as keyof typeof ORDERS];
  return { column, type, isDescending: order.startsWith('-') };
}

/** That an account `u` comes after the page before. Throws `AppError` 422 for a cursor of another list. */
export function cursorOf(query: Pick<UserQueryDto, 'cursor' | 'order'>): Condition | undefined {
  if (query.cursor === undefined) return undefined;
  const { column, type, isDescending } = orderOf(query);
  const [position, id] = decodeCursor(query.cursor, listName(query), isPositionOf(type));
  return {
    sql: `(${column}, u.id) ${isDescending ? '<' : '>'} (:position::${type}, :id::uuid)`,
    parameters: { position: position!, id: id! },
  };
}

/** What a cursor of the list says that it is of. */
export function listName({ order }: { order: string }): string {
  return `users by ${order}`;
}

function isPositionOf(type: string): (position: string[]) => boolean {
  const isValue = type === 'timestamptz' ? isTime : isText;
  return ([value, id, ...rest]) => isValue(value) && isId(id) && rest.length === 0;
}
