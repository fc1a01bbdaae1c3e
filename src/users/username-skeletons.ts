import { type EntityManager, Not } from 'typeorm';
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

/** Keeps what a username looks like for its account, in place of what it had. Returns false when it is taken. */
export async function keepSkeleton(
  tx: EntityManager,
  userId: string,
  username: string,
): Promise<boolean> {
  await tx.delete(UsernameSkeleton, { userId });
  const rows = await tx.query<object[]>(
    `INSERT INTO username_skeletons (skeleton, user_id) VALUES ($1, $2)
     ON CONFLICT DO NOTHING RETURNING user_id`,
    [skeletonOf(username), userId],
  );
  return rows.length === 1;
}
