import { type EntityManager, In, Not } from 'typeorm';
import { skeletonOf } from '../common/look-alikes.js';
import { UsernameSkeleton } from './username-skeleton.entity.js';

/** Whether an account, other than `ownId`, has a username that looks like this one. */
export async function hasLookAlike(
  db: EntityManager,
  username: string,
  ownId?: string,
): Promise<boolean> {
  const skeleton = skeletonOf(username);
  return db.existsBy(UsernameSkeleton, { skeleton, ...(ownId && { userId: Not(ownId) }) });
}

/**
 * Keeps what a username looks like for its account, in place of what it had. Returns false when it is taken.
 * @param former a username that stays the account's, so that nobody else can pass for it
 */
export async function keepSkeleton(
  tx: EntityManager,
  userId: string,
  username: string,
  former?: string,
): Promise<boolean> {
  const kept = [username, ...(former === undefined ? [] : [former])].map(skeletonOf);
  await tx.delete(UsernameSkeleton, { userId, skeleton: Not(In(kept)) });
  const rows = await tx.query<object[]>(
    `INSERT INTO username_skeletons (skeleton, user_id) VALUES ($1, $2)
     ON CONFLICT (skeleton) DO UPDATE SET user_id = EXCLUDED.user_id
     WHERE username_skeletons.user_id = EXCLUDED.user_id RETURNING user_id`,
    [kept[0], userId],
  );
  return rows.length === 1;
}
