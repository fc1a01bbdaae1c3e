import { createHash, randomBytes } from 'node:crypto';
import type { AccountDto } from '../../src/users/account.dto.js';
import type { TokensDto } from '../../src/auth/tokens.dto.js';
import type { TestDatabase } from './database.js';
import type { Answer, HttpClient } from './http.js';

export const PASSWORD = 'correct horse battery staple';

/** The tokens of a sign-in whose refresh token is in the body. */
export type Tokens = Required<TokensDto> & { user: { username: string } };

let serial = 0;

/** A username that no test has used. */
export function newUsername(): string {
  return `user${(++serial).toString().padStart(4, '0')}`;
}

/** Registers an account, expecting it to work. */
export async function register(
  http: HttpClient,
  fields: Partial<Record<'username' | 'email' | 'password', string>> = {},
): Promise<AccountDto & { username: string }> {
  const username = fields.username ?? newUsername();
  const answer = await http.post<AccountDto & { username: string }>('/api/auth/register', {
    username,
    email: `${username}@example.com`,
    password: PASSWORD,
    ...fields,
  });
  expectStatus(answer, 201);
  return answer.body;
}

/** Signs in, expecting it to work. */
export async function signIn(
  http: HttpClient,
  username: string,
  password = PASSWORD,
): Promise<Tokens> {
  const answer = await http.post<Tokens>('/api/auth/login', { username, password });
  expectStatus(answer, 200);
  return answer.body;
}

/** A new account that is signed in. */
export async function newSession(
  http: HttpClient,
): Promise<Tokens & { http: HttpClient; username: string }> {
  const { username } = await register(http);
  const tokens = await signIn(http, username);
  return { ...tokens, username, http: http.as(tokens.accessToken) };
}

/** Makes a link that works once, as the application would mail it; returns its token. */
export async function issueToken(
  { sql, settled }: TestDatabase,
  purpose: 'prove_email' | 'undo_email_change' | 'reset_password' | 'accept_invitation',
  { id, email }: { id: string; email: string },
): Promise<string> {
  // A link that the application is about to make would take its place.
  await settled();
  const token = randomBytes(32).toString('base64url');
  await sql(
    `INSERT INTO one_time_tokens (hash, purpose, user_id, value, value_key, created_at, expires_at)
     VALUES ($1, $2, $3, $4::text, $4::text, now(), now() + interval '10 minutes')`,
    [createHash('sha256').update(token).digest('base64url'), purpose, id, email],
  );
  return token;
}

function expectStatus(answer: Answer<unknown>, status: number): void {
  if (answer.status !== status) {
    throw new Error(`expected ${status}, got ${answer.status}: ${answer.text}`);
  }
}
