import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { OpenAPIObject } from '@nestjs/swagger';
import type { Principal } from '../../src/access/principal.js';
import type { CallingActor } from '../../src/http/current-actor.decorator.js';
import { newSession } from '../support/accounts.js';
import { PUBLIC_URL, startApp, type TestApp } from '../support/app.js';
import { built } from '../support/built.js';
import { moveClock, resetClock } from '../support/clock.js';
import { problem } from '../support/http.js';
import { browserOf } from '../support/page-cookies.js';
import { eventually } from '../support/process.js';

const { Controller, Get, Module } = await built<typeof import('@nestjs/common')>('@nestjs/common');
const { Public, Roles } = await built<typeof import('../../src/access/access.decorators.js')>(
  'src/access/access.decorators.js',
);
const { CurrentUser } = await built<typeof import('../../src/access/current-user.decorator.js')>(
  'src/access/current-user.decorator.js',
);
const { CurrentActor } = await built<typeof import('../../src/http/current-actor.decorator.js')>(
  'src/http/current-actor.decorator.js',
);
const { PageController } = await built<
  typeof import('../../src/site/kit/page-controller.decorator.js')
>('src/site/kit/page-controller.decorator.js');
const { CurrentPage } = await built<typeof import('../../src/site/kit/page-context.js')>(
  'src/site/kit/page-context.js',
);
const { SigningKeysService } = await built<
  typeof import('../../src/signing-keys/signing-keys.service.js')
>('src/signing-keys/signing-keys.service.js');

@Controller('api/letters')
class LettersController {
  @Public({ user: 'optional' })
  @Get('known')
  known(@CurrentUser() user: Principal | undefined, @CurrentActor() actor: CallingActor) {
    return { user: user?.username ?? null, actor: actor.principal?.username ?? null };
  }

  @Get('closed')
  closed() {
    return {};
  }
}

@Public({ user: 'optional' })
@Controller('api/shelf')
class ShelfController {
  @Public()
  @Get()
  look(@CurrentUser('username') username: string | undefined) {
    return { user: username ?? null };
  }
}

@PageController('letters')
class LettersPage {
  @Public({ user: 'optional' })
  @Get()
  show(@CurrentPage() page: import('../../src/site/kit/page-context.js').PageContext) {
    return page.show('Letters', `read by ${page.principal?.username ?? 'a visitor'}`);
  }
}

@Module({ controllers: [LettersController, ShelfController, LettersPage] })
class HostModule {}

const VISITOR = { user: null, actor: null };

describe('a public route that knows its caller', () => {
  let app: TestApp;
  beforeAll(async () => {
    app = await startApp({ SWAGGER: 'on' }, [HostModule]);
  });
  afterEach(resetClock);
  afterAll(() => app.close());

  const ask = (authorization?: string) =>
    app.http.get('/api/letters/known', authorization === undefined ? {} : { authorization });
  const expectRefusal = async (authorization: string) => {
    const answer = await ask(authorization);
    expect({ authorization, status: answer.status }).toEqual({ authorization, status: 401 });
    expect(problem(answer).code).toBe('invalid_token');
    // As a closed route does.
    const closed = await app.http.get('/api/letters/closed', { authorization });
    expect(problem(closed).code).toBe('invalid_token');
  };

  it('is open without a credential', async () => {
    const answer = await ask();
    expect([answer.status, answer.body]).toEqual([200, VISITOR]);
  });

  it('knows the caller of a valid access token', async () => {
    const { accessToken, username } = await newSession(app.http);
    // The second request is answered from the verified tokens in memory.
    for (const _ of [1, 2]) {
      expect((await ask(`Bearer ${accessToken}`)).body).toEqual({
        user: username,
        actor: username,
      });
    }
  });

  it('knows the caller as well where only the controller or only the handler says so', async () => {
    const { http, username } = await newSession(app.http);
    expect((await http.get('/api/shelf')).body).toEqual({ user: username });
    expect((await app.http.get('/api/shelf')).body).toEqual({ user: null });
    expect((await app.http.as('nonsense').get('/api/shelf')).status).toBe(401);
  });

  it('refuses a malformed credential', async () => {
    const { accessToken, refreshToken } = await newSession(app.http);
    for (const header of [
      '',
      'Bearer',
      'Bearer nonsense',
      `Bearer ${accessToken.slice(0, -4)}AAAA`,
      `Bearer ${refreshToken}`,
      `Basic ${Buffer.from('ann:password').toString('base64')}`,
      accessToken,
      `Bearer ${'a'.repeat(9_000)}`,
    ]) {
      await expectRefusal(header);
    }
  });

  it('refuses an expired token', async () => {
    const { accessToken } = await newSession(app.http);
    expect((await ask(`Bearer ${accessToken}`)).status).toBe(200);
    moveClock(10 * 60_000 + 1_000);
    await expectRefusal(`Bearer ${accessToken}`);
    expect((await ask()).body).toEqual(VISITOR);
  });

  it('refuses the token of a session that was signed out', async () => {
    const { accessToken, http } = await newSession(app.http);
    expect((await ask(`Bearer ${accessToken}`)).status).toBe(200);
    expect((await http.post('/api/auth/logout')).status).toBe(204);
    await expectRefusal(`Bearer ${accessToken}`);
  });

  it('refuses the token of a deactivated account, and of a deleted one', async () => {
    for (const statement of [
      'UPDATE users SET is_active = false WHERE id = $1',
      'DELETE FROM users WHERE id = $1',
    ]) {
      const { accessToken, user } = await newSession(app.http);
      expect((await ask(`Bearer ${accessToken}`)).status).toBe(200);
      await app.database.sql(statement, [user.id]);
      await eventually(
        async () => (await ask(`Bearer ${accessToken}`)).status === 401,
        'the change arrived',
      );
      await expectRefusal(`Bearer ${accessToken}`);
    }
  });

  it('refuses a token of another issuer, for another audience, or signed by another key', async () => {
    const { accessToken, username } = await newSession(app.http);
    const [header, claims] = accessToken
      .split('.', 2)
      .map((part) => JSON.parse(Buffer.from(part, 'base64url').toString()) as object);
    const own = (await app.nest.get(SigningKeysService).signer()).privateKey;
    const foreign = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
    const token = (key: KeyObject, changes: object) => {
      const input = [header, { ...claims, ...changes }]
        .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
        .join('.');
      const signature = sign('sha256', Buffer.from(input), { key, dsaEncoding: 'ieee-p1363' });
      return `Bearer ${input}.${signature.toString('base64url')}`;
    };
    expect((await ask(token(own, {}))).body).toMatchObject({ user: username });
    await expectRefusal(token(own, { iss: `${PUBLIC_URL}.evil.example` }));
    await expectRefusal(token(own, { aud: 'https://other.example' }));
    await expectRefusal(token(foreign, {}));
  });

  it('ignores the cookie of a page in the API, and knows the visitor of a page by it', async () => {
    const { accessToken, username } = await newSession(app.http);
    const { cookie } = browserOf(accessToken);
    expect((await app.http.get('/api/letters/known', { cookie })).body).toEqual(VISITOR);
    const page = (headers: Record<string, string>) =>
      app.http.get('/letters', { accept: 'text/html', ...headers });
    expect((await page({ cookie })).text).toContain(`read by ${username}`);
    expect((await page({})).text).toContain('read by a visitor');
    const withToken = await page({ authorization: `Bearer ${accessToken}` });
    expect(withToken.text).toContain('read by a visitor');
  });

  it('is documented with an optional bearer token, and the answer to an invalid one', async () => {
    const { body } = await app.http.get<OpenAPIObject & object>('/docs/openapi.json');
    const operation = body.paths['/api/letters/known']!.get!;
    expect(operation.security).toEqual([{}, { bearer: [] }]);
    expect(operation.description).toContain('**Who:** everybody, known if signed in.');
    expect(JSON.stringify(operation.responses['401'])).toContain('"invalid_token"');
    expect(JSON.stringify(operation.responses['401'])).not.toContain('authentication_required');
  });

  it('stops the start when it asks for a role as well', async () => {
    @Controller('api/both')
    class BothController {
      @Public({ user: 'optional' })
      @Roles('admin')
      @Get()
      look() {
        return {};
      }
    }
    @Module({ controllers: [BothController] })
    class BrokenModule {}
    const started = startApp({}, [BrokenModule]);
    await expect(started).rejects.toThrow(
      /BothController_look: is public, and asks for something \(test\/access\/optional-user\.test\.ts:\d+\)/,
    );
  });
});
