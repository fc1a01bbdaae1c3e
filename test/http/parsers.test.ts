import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { AppError } from '../../src/http/app-error.js';
import { decodeCursor, encodeCursor } from '../../src/http/page.js';
import { CONTROL_CHARACTERS } from '../../src/common/text.js';
import { RequestValidationPipe } from '../../src/http/validation.pipe.js';
import { ChangeUserDto } from '../../src/administration/users/change-user.dto.js';
import { emailKey, normalizeUsername, usernameKey } from '../../src/users/identifiers.js';
import { safeNext } from '../../src/site/kit/safe-next.js';
import { newSession } from '../support/accounts.js';
import { startApp, type TestApp } from '../support/app.js';

const ORIGIN = 'https://accounts.example.com';
/** Text of all kinds, among it what looks like an address, a path or a name. */
const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 60 }),
  fc.webUrl(),
  fc.emailAddress(),
  fc.constantFrom('\uD800', 'ann@example.com\uDFFF'),
  fc.stringMatching(/^[/\\.@:%\t\n a-z0-9?#_-]{1,30}$/),
);

describe('whatever is read [ASVS 2.2.1]', () => {
  it('as the next page is a path of ours or nothing [A40]', () => {
    fc.assert(
      fc.property(fc.oneof(text, fc.anything()), (typed) => {
        const next = safeNext(typed, ORIGIN);
        if (next === undefined) return;
        // As a browser reads the header Location, wherever it is.
        const read = new URL(next, `${ORIGIN}/accounts/login`);
        expect(read.origin).toBe(ORIGIN);
        expect(next).toMatch(/^\/(?![/\\])/);
        expect(next).not.toMatch(CONTROL_CHARACTERS);
      }),
      { numRuns: 2_000 },
    );
  });

  it('as a cursor is a position that was given out, or refused', () => {
    fc.assert(
      fc.property(fc.array(fc.string()), text, text, (position, list, other) => {
        const cursor = encodeCursor(list, position);
        expect(decodeCursor(cursor, list, () => true)).toEqual(position);
        if (other !== list) expect(() => decodeCursor(cursor, other, () => true)).toThrow(AppError);
        try {
          decodeCursor(other, list, () => false);
          expect('accepted').toBe('refused');
        } catch (error) {
          expect(error).toBeInstanceOf(AppError);
        }
      }),
      { numRuns: 1_000 },
    );
  });

  it('as a username has one form, and forms that are the same have one key [A10]', () => {
    fc.assert(
      fc.property(text, (typed) => {
        const once = normalizeUsername(typed);
        expect(normalizeUsername(once)).toBe(once);
        expect(usernameKey(once)).toBe(usernameKey(typed));
        expect(usernameKey(usernameKey(typed))).toBe(usernameKey(typed));
        expect(emailKey(emailKey(typed))).toBe(emailKey(typed));
      }),
      { numRuns: 2_000 },
    );
  });

  it('as an address has one recipient, and cannot be taken for a list or a header [A47]', async () => {
    const pipe = new RequestValidationPipe();
    const address = fc.oneof(
      text,
      fc.tuple(fc.emailAddress(), text).map((parts) => parts.join('')),
      fc.tuple(text, fc.emailAddress()).map((parts) => parts.join(',')),
    );
    await fc.assert(
      fc.asyncProperty(address, async (email) => {
        const metadata = { type: 'body', metatype: ChangeUserDto } as const;
        const read = await pipe.transform({ email }, metadata).catch((error: unknown) => error);
        if (read instanceof AppError) {
          expect(read.errors.map(({ field }) => field)).toContain('email');
          return;
        }
        // Without what a keyboard leaves around it.
        const address = (read as ChangeUserDto).email!;
        expect(address).toMatch(/^[^\s,;:<>()[\]"\\]+$/);
        expect(address).not.toMatch(CONTROL_CHARACTERS);
        expect(address.split('@')).toHaveLength(2);
      }),
      { numRuns: 1_000 },
    );
  });
});

describe('whatever comes in a header', () => {
  let app: TestApp;
  beforeAll(async () => {
    app = await startApp();
  });
  afterAll(() => app.close());

  /** What fetch can send: anything else is refused by the HTTP parser, which other tests see to. */
  const header = fc.oneof(
    fc.stringMatching(/^[\x21-\x7e]([\x20-\x7e]{0,80}[\x21-\x7e])?$/),
    fc.constantFrom('Bearer', 'Bearer ', 'bearer a.b.c', 'Basic YTpi', 'Bearer eyJ.e30.', ','),
    fc.base64String({ minLength: 1 }).map((token) => `Bearer ${token}`),
  );

  it('as a credential is none, and never a failure [A68] [A69]', async () => {
    await fc.assert(
      fc.asyncProperty(header, async (authorization) => {
        const answer = await app.http.get('/api/auth/session', { authorization });
        expect(answer.status).toBe(401);
        expect(answer.headers.get('www-authenticate')).toContain('Bearer');
      }),
      { numRuns: 400 },
    );
  });

  it('as a cookie signs nobody in, and never fails', async () => {
    const { accessToken } = await newSession(app.http);
    const names = fc.constantFrom(
      'gatehouse-session',
      'session',
      'form',
      'messages',
      'browser',
      '__Host-session',
      'x',
    );
    const values = fc.oneof(header, fc.constant(accessToken), fc.base64String());
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(names, values), { maxLength: 5 }), async (cookies) => {
        const cookie = cookies.map((pair) => pair.join('=')).join('; ');
        const answer = await app.http.get('/accounts/profile', { accept: 'text/html', cookie });
        expect(answer.status).toBe(303);
        expect(answer.headers.get('location')).toMatch(/^\/accounts\/login/);
      }),
      { numRuns: 400 },
    );
  });
});
