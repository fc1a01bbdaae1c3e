import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { ChangeFeed } from '../../src/platform/database/change-feed.js';
import { type Session, superuserSession } from '../support/administrators.js';
import { startApp, type TestApp } from '../support/app.js';
import { built } from '../support/built.js';
import { allowFaults, CUTS, FAULT_HEADER, hasFailed } from '../support/database-faults.js';
import { REDIRECT_URI } from '../support/federation.js';
import { type HostileProvider, startHostileProvider } from '../support/hostile-provider.js';
import { type Answer, HttpClient, problem } from '../support/http.js';
import { sendAsBrowser } from '../support/page-cookies.js';
import { newTargets, requestsOf } from '../support/route-requests.js';
import { ROUTES, type TableRoute } from '../support/route-table.js';

const { ChangeFeed: Feed } = await built<
  typeof import('../../src/platform/database/change-feed.js')
>('src/platform/database/change-feed.js');

/** What servers, standbys and poolers send when the same request may work later, as SQLSTATEs. */
const PASSING = [
  '08000 08001 08003 08004 08006 08007 08P01', // connections
  '25006 25P02', // a database that cannot be written; what follows a failure inside a transaction
  '40001 40002 40003 40P01', // two transactions in each other's way
  '53000 53100 53200 53300 53400', // no room, memory or connections
  '55006 55P03', // locks that others hold for longer than the role waits
  '57000 57014 57P01 57P02 57P03 57P05', // statements canceled, servers restarted
  '58000 58030', // failures of the machine
]
  .join(' ')
  .split(' ');
const FAULTS = [...PASSING, ...CUTS];

/** Has a statement of each of its requests fail. */
class FaultyClient extends HttpClient {
  constructor(
    { url }: HttpClient,
    token: string,
    private readonly fault: string,
  ) {
    super(url, token);
  }

  override send<Body>(method: string, path: string, body?: unknown, headers = {}) {
    return super.send<Body>(method, path, body, { ...headers, [FAULT_HEADER]: this.fault });
  }
}

describe('a database that fails for a while', () => {
  let app: TestApp;
  let provider: HostileProvider;
  let reader: Session;
  beforeAll(async () => {
    provider = await startHostileProvider();
    app = await startApp({ ...provider.variables('example'), OIDC_REDIRECT_URIS: REDIRECT_URI });
    await allowFaults(app.nest.getHttpServer());
    // A superuser stays when another one leaves.
    reader = await superuserSession(app);
    await app.database.settled();
  });
  afterAll(async () => {
    await Promise.all([app.close(), provider.close()]);
  });

  const requests = requestsOf(
    () => app,
    () => provider,
    newTargets(() => app),
  );

  /** A request of a route by a superuser, which can be sent again until it succeeds. */
  const prepare = async ({ method, path, isPage }: TableRoute, reader?: Session) => {
    const { accessToken, http } = reader ?? (await superuserSession(app));
    const { id, body } = requests[`${method} ${path}`]!;
    const target = id ? await id(http) : '';
    const address = path.replace(/:(id|name|action|provider)/, target);
    const payload = await body?.(http);
    return async (fault: string): Promise<Answer<unknown>> => {
      const faulty = new FaultyClient(app.http, accessToken, fault);
      return isPage
        ? sendAsBrowser(faulty, method, address, payload, accessToken)
        : faulty.send(method, address, payload);
    };
  };

  const expectOutage = (answer: Answer<unknown>, isPage: boolean, what: string) => {
    expect({ what, status: answer.status }).toEqual({ what, status: 503 });
    expect(answer.headers.get('retry-after')).toMatch(/^\d+$/);
    if (isPage) expect(answer.text).toContain('Not available at the moment');
    else expect(problem(answer).code).toBe('service_unavailable');
  };

  it.each(ROUTES)(
    'is 503 and never 500, whichever statement fails: $method $path',
    async (route) => {
      const { method, path, isPage } = route;
      const offset = ROUTES.indexOf(route);
      let send: Awaited<ReturnType<typeof prepare>> | undefined;
      for (let at = 1; at === 1 || hasFailed(); at++) {
        send ??= await prepare(route, method === 'GET' ? reader : undefined);
        const fault = `${at} ${FAULTS[(offset + at) % FAULTS.length]}`;
        // A file whose later page fails has begun with 200, and breaks off.
        const answer = await send(fault).catch((error: unknown) => {
          if (!path.endsWith('/export')) throw error;
        });
        if (!answer) continue;
        if (answer.status >= 500) expectOutage(answer, isPage, `${method} ${path} with ${fault}`);
        else send = undefined;
      }
    },
  );

  it.each(['/api/auth/session', '/accounts/profile'])(
    'is 503 where a guard has to read who the caller is: %s',
    async (path) => {
      await app.database.sql(`SELECT pg_notify('gatehouse_changes', 'user:*')`);
      await app.nest.get<ChangeFeed>(Feed).settle();
      const isPage = path.startsWith('/accounts');
      const send = await prepare({ method: 'GET', path, isPage } as TableRoute, reader);
      expectOutage(await send('1 terminate'), isPage, path);
    },
  );
});
