import { hash } from 'bcrypt';
import { createHash } from 'node:crypto';
import { sql } from './postgres.js';

export const PASSWORD = 'a passphrase for the bench';

/** As people have them by default. */
export const PRODUCTION_COST = 12;

/** What the application stores for `PASSWORD`. */
export async function passwordHash(cost = PRODUCTION_COST): Promise<string> {
  const digest = createHash('sha256').update(PASSWORD).digest('hex');
  return `bcrypt_sha256$${await hash(digest, cost)}`;
}

/** Accounts `user1` to `user<count>` with verified addresses, in one statement. */
export async function addUsers(databaseUrl: string, count: number, cost?: number): Promise<void> {
  await sql(
    databaseUrl,
    `INSERT INTO users (username, username_key, email, email_key, email_verified_at, first_name, last_name, password_hash, created_at)
     SELECT 'user' || n, 'user' || n, 'user' || n || '@example.com', 'user' || n || '@example.com', now(),
            'First' || n % 997, 'Last' || n % 9973, $2, now() - n * interval '1 second'
     FROM generate_series(1, $1::int) AS n`,
    [count, await passwordHash(cost)],
  );
}

export interface Tokens {
  accessToken: string;
  refreshToken: string;
}

/** Signs in through the API. */
export async function signIn(url: string, username: string): Promise<Tokens> {
  const response = await fetch(`${url}/api/auth/login`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ username, password: PASSWORD }),
  });
  if (!response.ok) throw new Error(`${username} could not sign in: ${response.status}`);
  return (await response.json()) as Tokens;
}
