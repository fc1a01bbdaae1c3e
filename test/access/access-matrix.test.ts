import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { AccountDto } from '../../src/users/account.dto.js';
import { newSession } from '../support/accounts.js';
import { sessionWith, superuserSession } from '../support/administrators.js';
import { startApp, type TestApp } from '../support/app.js';
import { REDIRECT_URI } from '../support/federation.js';
import { type HostileProvider, startHostileProvider } from '../support/hostile-provider.js';
import { type HttpClient, problem } from '../support/http.js';
import { sendAsBrowser } from '../support/page-cookies.js';
import { eventually, ROOT } from '../support/process.js';
import { newTargets, requestsOf } from '../support/route-requests.js';

/** docs/access.md, which another test holds to be what the application does. */
const TABLE = [
  ...readFileSync(join(ROOT, 'docs/access.md'), 'utf8').matchAll(
    /^\| (GET|POST|PUT|PATCH|DELETE)\s*\| `([^`]+)`\s*\| (.*?)\s*\|$/gm,
  ),
].map(([, method, path, who]) => ({ method: method!, path: path!, who: who! }));

interface Caller {
  http: HttpClient;
  accessToken?: string;
}

interface Demands {
  isPublic: boolean;
  /** All of these. */
  permissions: string[];
  /** One of these. */
  anyPermission: string[];
  roles: string[];
}

/** What a route asks for, as the table puts it. A phrase that nobody has taught this test fails it. */
function demandsOf(who: string): Demands {
  const nothing = { permissions: [], anyPermission: [], roles: [] };
  if (who === 'everybody' || who === 'everybody, known if signed in')
    return { isPublic: true, ...nothing };
  const phrases = who === 'signed-in users' ? [] : who.split(', and ');
  const roles = phrases.flatMap(
    (phrase) => /^role (.+)$/.exec(phrase)?.[1]?.split(' or ')[0] ?? [],
  );
  // Everybody here has just signed in; who has not is the subject of another test.
  const rest = phrases.filter((phrase) => !/^role |^signed in within /.test(phrase));
  const permissions = rest.filter((phrase) => !phrase.includes(' or '));
  const anyPermission = rest.flatMap((phrase) =>
    phrase.includes(' or ') ? phrase.split(' or ') : [],
  );
  for (const codename of [...permissions, ...anyPermission]) {
    expect(codename).toMatch(/^[a-z-]+\.[a-z-]+$/);
  }
  return { isPublic: false, permissions, anyPermission, roles };
}

describe('who may call which route [A85] [ASVS 8.2.1, 8.3.1]', () => {
  let app: TestApp;
  let cells = 0;
  let provider: HostileProvider;
  /** One that nobody has touched, for each request. */
  const fresh = newTargets(() => app);
  const requests = requestsOf(
    () => app,
    () => provider,
    fresh,
  );
  let account: AccountDto;
  let role: string;
  /** The same for all who are refused: they change nothing. */
  const refusedRequests = requestsOf(
    () => app,
    () => provider,
    {
      account: () => Promise.resolve(account),
      role: () => Promise.resolve(role),
      touch: () => (untouched = undefined),
    },
  );
  /** The database after a request that was refused, until something else is done. */
  let untouched: string | undefined;
  beforeAll(async () => {
    provider = await startHostileProvider();
    app = await startApp({ ...provider.variables('example'), OIDC_REDIRECT_URIS: REDIRECT_URI });
    // A role for each permission, which grants all the others.
    await app.database.sql(`
      INSERT INTO roles (name) SELECT 'all but ' || codename FROM permissions;
      INSERT INTO role_permissions SELECT r.id, p.codename FROM roles r, permissions p
      WHERE r.name LIKE 'all but %' AND r.name <> 'all but ' || p.codename;
      INSERT INTO roles (name) VALUES ('something else')`);
    // Somebody has to stay when a superuser leaves.
    await superuserSession(app);
    [account, role] = [await fresh.account(), await fresh.role()];
    await app.database.settled();
  });
  afterAll(() => {
    console.log(`${TABLE.length} routes, ${cells} cells`);
    return Promise.all([app.close(), provider.close()]);
  });

  /** Every kind of caller, with what they are told where they may not; first those who mostly may not. */
  const callers: Record<
    string,
    { login: (demands: Demands) => Promise<Caller>; refused: number; code?: string }
  > = {
    'nobody in particular': {
      login: () => Promise.resolve({ http: app.http }),
      refused: 401,
      code: 'authentication_required',
    },
    'a plain user': { login: () => newSession(app.http), refused: 403 },
    'a user with another role, which grants everything else': {
      login: ({ permissions: [permission] }) => {
        const role = permission ? `all but ${permission}` : 'something else';
        return sessionWith(app, [], [role]);
      },
      refused: 403,
    },
    'a deactivated superuser': {
      async login() {
        const session = await superuserSession(app);
        await app.database.sql('UPDATE users SET is_active = false WHERE id = $1', [
          session.user.id,
        ]);
        await eventually(
          async () => (await session.http.get('/api/auth/session')).status === 401,
          'deactivated',
        );
        return session;
      },
      refused: 401,
      code: 'invalid_token',
    },
    'a superuser whose session has ended': {
      async login() {
        const session = await superuserSession(app);
        await session.http.post('/api/auth/logout');
        return session;
      },
      refused: 401,
      code: 'invalid_token',
    },
    'a user with exactly the permission': {
      login: ({ permissions, anyPermission, roles }) =>
        sessionWith(app, [...permissions, ...anyPermission.slice(-1)], roles),
      refused: 0,
    },
    'an admin': { login: () => sessionWith(app, [], ['admin']), refused: 0 },
    'a superuser': { login: () => superuserSession(app), refused: 0 },
  };

  it('covers every route', () => {
    expect(TABLE.map(({ method, path }) => `${method} ${path}`).toSorted()).toEqual(
      Object.keys(requests).toSorted(),
    );
  });

  describe.each(TABLE)('$method $path, for $who:', ({ method, path, who }) => {
    it.each(Object.keys(callers))('%s', async (name) => {
      const { login, refused, code = 'permission_denied' } = callers[name]!;
      const demands = demandsOf(who);
      const { isPublic, permissions, anyPermission, roles } = demands;
      const isRestricted = permissions.length + anyPermission.length + roles.length > 0;
      // The role admin holds every permission; it is no other role.
      const lacksRole = name === 'an admin' && roles.length > 0 && !roles.includes('admin');
      const status = lacksRole ? 403 : refused;
      const isRefused = !isPublic && (status === 401 || (status === 403 && isRestricted));
      const { http, accessToken } = await (isRefused || method === 'GET'
        ? loginOnce(name, who, () => login(demands))
        : login(demands));
      const request = (isRefused ? refusedRequests : requests)[`${method} ${path}`]!;
      const { id, body } = request;
      const address = id ? path.replace(/:(id|name|action|provider)/, await id(http)) : path;
      const payload = await body?.(http);
      const isPage = !/^\/(api|health|\.well-known|favicon\.ico|robots\.txt)\b/.test(path);

      const before = isRefused && (untouched ?? (await app.database.fingerprint('audit_events')));
      untouched = undefined;
      const answer = isPage
        ? await sendAsBrowser(app.http, method, address, payload, accessToken, refused !== 401)
        : await http.send(method, address, payload);
      cells++;
      if (!isRefused) {
        const isSignedIn = accessToken !== undefined && refused !== 401;
        const isDead = accessToken !== undefined && refused === 401;
        const success =
          (isSignedIn && request.statusSignedIn) ||
          (isDead && request.statusOfDead) ||
          request.status;
        expect({ status: answer.status, text: answer.text }).toEqual({
          status: success,
          text: answer.text,
        });
        return;
      }
      if (isPage && status === 401) {
        expect(answer.status).toBe(303);
        expect(answer.headers.get('location')).toMatch(/^\/accounts\/login/);
      } else if (isPage) {
        expect(answer.status).toBe(status);
        expect(answer.headers.get('content-type')).toMatch(/^text\/html/);
      } else {
        expect({ status: answer.status, code: problem(answer).code }).toEqual({ status, code });
        if (status === 403 && roles.length === 0) {
          const missing = name.startsWith('a plain') ? permissions : permissions.slice(0, 1);
          expect(problem(answer).missingPermissions).toEqual(missing);
        }
      }
      untouched = await app.database.fingerprint('audit_events');
      expect(untouched).toBe(before);
    });
  });

  /** Who changes nothing can come again. */
  const known = new Map<string, Promise<Caller>>();
  const loginOnce = (name: string, who: string, login: () => Promise<Caller>) => {
    const key = `${name}, ${who}`;
    if (!known.has(key)) {
      untouched = undefined;
      known.set(key, login());
    }
    return known.get(key)!;
  };
});
