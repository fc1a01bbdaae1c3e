import type { EntityManager } from 'typeorm';
import { searchedText } from './search-form.js';
import type { User } from './user.entity.js';
import { UserSearchText } from './user-search-text.entity.js';

/** Has searches find accounts by what they are called now. Each writer of a name or an address calls it. */
export async function keepSearchText(tx: EntityManager, ...users: User[]): Promise<void> {
  if (users.length === 0) return;
  const rows = users.map((user) => ({ userId: user.id, text: searchedText(user) }));
  // A trigger has added a row, as it does for a change by hand, which knows less of scripts.
  await tx.upsert(UserSearchText, rows, ['userId']);
}
