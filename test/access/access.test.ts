import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { newSession } from '../support/accounts.js';
import { startApp, type TestApp } from '../support/app.js';
import { built } from '../support/built.js';
import { moveClock, resetClock } from '../support/clock.js';
import { problem } from '../support/http.js';
import { eventually } from '../support/process.js';

const { Controller, Get, Injectable, Module, UseGuards } =
  await built<typeof import('@nestjs/common')>('@nestjs/common');
const { JwtAuthGuard } = await built<typeof import('../../src/auth/jwt-auth.guard.js')>(
  'src/auth/jwt-auth.guard.js',
);
const { RolesGuard } =
  await built<typeof import('../../src/auth/roles.guard.js')>('src/auth/roles.guard.js');
const { Public, RequireAnyPermission, RequirePermissions, RequireRecentLogin, Roles } = await built<
  typeof import('../../src/access/access.decorators.js')
>('src/access/access.decorators.js');
const { CurrentUser } = await built<typeof import('../../src/access/current-user.decorator.js')>(
  'src/access/current-user.decorator.js',
);

@Controller('desk')
class DeskController {
  @Get('closed')
  closed(@CurrentUser('username') username: string) {
    return { username };
  }

  @Public()
  @Get('open')
  open(@CurrentUser() user: unknown) {
    return { user: user ?? null };
  }

  @RequirePermissions('users.view', 'roles.view')
  @Get('both')
  both() {
    return {};
  }

  @RequireAnyPermission('users.view', 'roles.view')
  @Get('either')
  either() {
    return {};
  }

  @Roles('admin')
  @UseGuards(JwtAuthGuard, RolesGuard)
  @Get('admins')
  admins() {
    return {};
  }

  @RequireRecentLogin(5)
  @Get('fresh')
  fresh() {
    return {};
  }
}

@RequirePermissions('users.view')
@Controller('vault')
class VaultController {
  @Get()
  look() {
    return {};
  }

  @RequirePermissions('users.delete')
  @Get('inside')
  inside() {
    return {};
  }
}

@Module({ controllers: [DeskController, VaultController] })
class HostModule {}

describe('who may call a route', () => {
  let app: TestApp;
  beforeAll(async () => {
    app = await startApp({}, [HostModule]);
  });
  afterEach(resetClock);
  afterAll(() => app.close());

  const grant = (userId: string, codename: string) =>
    app.database.sql('INSERT INTO user_permissions VALUES ($1, $2)', [userId, codename]);
  const giveRole = (userId: string, role: string) =>
    app.database.sql('INSERT INTO user_roles SELECT $1, id FROM roles WHERE name = $2', [
      userId,
      role,
    ]);

  it('is only who is signed in, when the route says nothing', async () => {
    const { http, username } = await newSession(app.http);
    expect((await http.get('/desk/closed')).body).toEqual({ username });
    expect((await app.http.get('/desk/closed')).status).toBe(401);
    expect((await app.http.as('nonsense').get('/desk/closed')).status).toBe(401);
  });

  it('is everybody on a public route, whatever they send along', async () => {
    const { http } = await newSession(app.http);
    for (const client of [app.http, http, app.http.as('nonsense')]) {
      expect((await client.get('/desk/open')).body).toEqual({ user: null });
    }
  });

  it('is who holds all the permissions; the others learn which are missing [ASVS 10.3.2]', async () => {
    const { http, user } = await newSession(app.http);
    const none = await http.get('/desk/both');
    expect(none.status).toBe(403);
    expect(problem(none)).toMatchObject({
      code: 'permission_denied',
      missingPermissions: ['users.view', 'roles.view'],
    });
    await grant(user.id, 'users.view');
    await eventually(async () => {
      const { missingPermissions } = problem(await http.get('/desk/both'));
      return JSON.stringify(missingPermissions) === '["roles.view"]';
    }, 'one is missing');
    await grant(user.id, 'roles.view');
    await eventually(async () => (await http.get('/desk/both')).status === 200, 'none is missing');
    await app.database.sql('DELETE FROM user_permissions WHERE user_id = $1', [user.id]);
    await eventually(async () => (await http.get('/desk/both')).status === 403, 'taken away');
  });

  it('is who holds one of several', async () => {
    const { http, user } = await newSession(app.http);
    expect(problem(await http.get('/desk/either')).missingPermissions).toEqual([
      'users.view',
      'roles.view',
    ]);
    await grant(user.id, 'roles.view');
    await eventually(async () => (await http.get('/desk/either')).status === 200, 'granted');
  });

  it('is who has a role, also with the guards named on the route', async () => {
    const { http, user } = await newSession(app.http);
    const denied = await http.get('/desk/admins');
    expect(denied.status).toBe(403);
    expect(problem(denied).missingRoles).toEqual(['admin']);
    await giveRole(user.id, 'admin');
    await eventually(async () => (await http.get('/desk/admins')).status === 200, 'given');
    // The role admin holds every permission.
    expect((await http.get('/desk/both')).status).toBe(200);
    expect((await app.http.get('/desk/admins')).status).toBe(401);
  });

  it('asks for what the controller says and what the handler says', async () => {
    const { http, user } = await newSession(app.http);
    await grant(user.id, 'users.delete');
    await eventually(
      async () =>
        JSON.stringify(problem(await http.get('/vault/inside')).missingPermissions) ===
        '["users.view"]',
      'the controller’s is missing',
    );
    await grant(user.id, 'users.view');
    await eventually(async () => (await http.get('/vault/inside')).status === 200, 'both');
  });

  it('is a superuser always, unless inactive', async () => {
    const { http, user } = await newSession(app.http);
    await app.database.sql('UPDATE users SET is_superuser = true WHERE id = $1', [user.id]);
    await eventually(async () => (await http.get('/desk/both')).status === 200, 'super');
    for (const path of ['/desk/either', '/desk/admins', '/vault', '/vault/inside']) {
      expect((await http.get(path)).status).toBe(200);
    }
    await app.database.sql('UPDATE users SET is_active = false WHERE id = $1', [user.id]);
    await eventually(async () => (await http.get('/desk/both')).status === 401, 'inactive');
  });

  it('is who signed in a moment ago, where that is asked for; a refresh does not count [ASVS 7.5.3, 10.3.4]', async () => {
    const { http, refreshToken } = await newSession(app.http);
    expect((await http.get('/desk/fresh')).status).toBe(200);
    moveClock(5 * 60_000 + 1_000);
    const { body } = await app.http.post<{ accessToken: string }>('/api/auth/refresh', {
      refreshToken,
    });
    for (const client of [http, app.http.as(body.accessToken)]) {
      const stale = await client.get('/desk/fresh');
      expect(stale.status).toBe(403);
      expect(problem(stale)).toMatchObject({ code: 'recent_login_required', maxAgeMinutes: 5 });
    }
  });

  describe('is proven to make sense when the application starts', () => {
    @Controller('a')
    class PublicAndClosed {
      @Public()
      @RequirePermissions('users.view')
      @Get()
      look() {
        return {};
      }
    }
    @Controller('b')
    class UnknownPermission {
      @RequireAnyPermission('users.view', 'users.fly')
      @Get()
      look() {
        return {};
      }
    }
    @Controller('c')
    class UnknownRole {
      @Roles('pilot')
      @Get()
      look() {
        return {};
      }
    }
    @Controller('d')
    class NoRoute {
      @Public()
      helper() {
        return {};
      }
    }
    @Injectable()
    class NoController {
      @Roles('admin')
      work() {
        return {};
      }
    }

    it.each([
      [
        'PublicAndClosed_look: is public, and asks for something',
        { controllers: [PublicAndClosed] },
      ],
      [
        'UnknownPermission_look: "users.fly" is no permission',
        { controllers: [UnknownPermission] },
      ],
      ['UnknownRole_look: "pilot" is no role', { controllers: [UnknownRole] }],
      ['NoRoute.helper: has an access decorator, but is no route', { controllers: [NoRoute] }],
      [
        'NoController.work: has an access decorator, but is no route',
        { providers: [NoController] },
      ],
    ])('or stops it with "%s"', async (sentence, parts) => {
      @Module(parts)
      class BrokenModule {}
      const started = startApp({}, [BrokenModule]);
      await expect(started).rejects.toThrow(sentence);
      // And where: file and line.
      await expect(started).rejects.toThrow(/ \(test\/access\/access\.test\.ts:\d+\)/);
    });
  });
});
