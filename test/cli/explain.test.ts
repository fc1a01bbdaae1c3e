import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { register } from '../support/accounts.js';
import { startApp, type TestApp, testVariables } from '../support/app.js';
import { built } from '../support/built.js';
import { commandLine } from '../support/command-line.js';

const { PermissionsService } = await built<
  typeof import('../../src/permissions/permissions.service.js')
>('src/permissions/permissions.service.js');

describe('explain', () => {
  let app: TestApp;
  beforeAll(async () => {
    app = await startApp();
  });
  afterAll(() => app.close());

  const cli = commandLine();
  const explain = (user: string, permission: string) =>
    cli(['explain', user, permission], testVariables(app.database.url));

  it('says yes or no and why, as guards and usersWith() see it', async () => {
    const { id, username } = await register(app.http);
    const permissions = app.nest.get(PermissionsService);
    const expectHolds = async (holds: boolean) => {
      expect(await permissions.hasPermission(id, 'users.view')).toBe(holds);
      expect((await permissions.usersWith('users.view')).includes(id)).toBe(holds);
      expect((await permissions.grantsOf(id)).permissions.includes('users.view')).toBe(holds);
    };
    const expectAnswer = async (answer: string) => {
      expect(await explain(username, 'users.view')).toEqual({ code: 0, output: answer });
      await expectHolds(answer.startsWith('yes'));
    };
    await expectAnswer('no: neither granted directly nor through a role');
    await app.database.sql('INSERT INTO user_permissions VALUES ($1, $2)', [id, 'users.view']);
    await expectHolds(true);
    await app.database.sql(`INSERT INTO user_roles SELECT $1, id FROM roles WHERE name = 'admin'`, [
      id,
    ]);
    await expectAnswer('yes: granted directly, through the role admin');
    await app.database.sql('DELETE FROM user_permissions');
    await expectHolds(true);
    await app.database.sql('UPDATE users SET is_superuser = true WHERE id = $1', [id]);
    await expectHolds(true);
    await app.database.sql('UPDATE users SET is_active = false WHERE id = $1', [id]);
    await expectAnswer('no: the account is inactive (a superuser, through the role admin)');
  });

  it('says who or what it does not know', async () => {
    const { username } = await register(app.http);
    expect(await explain('nobody', 'users.view')).toEqual({
      code: 1,
      output: 'There is no user nobody.',
    });
    const unknown = await explain(username, 'users.fly');
    expect(unknown.code).toBe(1);
    expect(unknown.output).toContain('There is no permission users.fly. There are: ');
    expect((await explain(username, '')).code).toBe(1);
  });
});
