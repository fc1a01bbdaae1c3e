import type { TestApp } from './app.js';
import { newSession } from './accounts.js';
import { eventually } from './process.js';

export type Session = Awaited<ReturnType<typeof newSession>>;

/** A signed-in account with exactly these permissions, granted directly, and these roles. */
export async function sessionWith(
  app: TestApp,
  permissions: string[],
  roles: string[] = [],
): Promise<Session> {
  const session = await newSession(app.http);
  await app.database.sql('INSERT INTO user_permissions SELECT $1, * FROM unnest($2::text[])', [
    session.user.id,
    permissions,
  ]);
  await app.database.sql('INSERT INTO user_roles SELECT $1, id FROM roles WHERE name = ANY($2)', [
    session.user.id,
    roles,
  ]);
  await eventually(async () => {
    const { body } = await session.http.get<{ permissions: string[]; roles: string[] }>(
      '/api/auth/session',
    );
    return permissions.every((one) => body.permissions.includes(one)) && same(body.roles, roles);
  }, 'the powers arrived');
  return session;
}

/** A signed-in superuser. */
export async function superuserSession(app: Pick<TestApp, 'http' | 'database'>): Promise<Session> {
  const session = await newSession(app.http);
  await app.database.sql('UPDATE users SET is_superuser = true WHERE id = $1', [session.user.id]);
  await eventually(
    async () => (await session.http.get('/api/auth/session')).body.isSuperuser === true,
    'a superuser',
  );
  return session;
}

function same(a: string[], b: string[]): boolean {
  return a.toSorted().join() === b.toSorted().join();
}
