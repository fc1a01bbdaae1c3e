import type { KeysetOptions } from '../../http/keyset-page.js';
import type { User } from '../../users/user.entity.js';
import { hasUsernames } from '../../users/usernames.js';
import type { USER_ORDERS, UserQueryDto } from './user-query.dto.js';

/** Columns that have an index with the id. */
const COLUMNS = {
  username: 'usernameKey',
  email: 'emailKey',
  createdAt: 'createdAt',
} as const satisfies Record<(typeof USER_ORDERS)[number], keyof User>;

/** How a list of accounts is ordered, and what a cursor of it says that it is of. Without usernames, by the address. */
export function orderOf({ order }: Pick<UserQueryDto, 'order'>): KeysetOptions<User> {
  const asked = order.replace('-', '') as keyof typeof COLUMNS;
  const column = COLUMNS[asked === 'username' && !hasUsernames() ? 'email' : asked];
  return {
    name: `users by ${order}`,
    order: order.startsWith('-') ? [`-${column}`, '-id'] : [column, 'id'],
  };
}
