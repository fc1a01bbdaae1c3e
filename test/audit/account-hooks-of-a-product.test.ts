import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { newSession } from '../support/accounts.js';
import { Product } from '../support/product.js';
import { eventually } from '../support/process.js';

const APP = `
  import { Injectable, Module, Scope } from '@nestjs/common';
  import { GatehouseModule, OnAccount } from 'gatehouse';
  import { HOOKS } from './hooks.js';
  @Module({ imports: [GatehouseModule.forRoot({ root: import.meta.dirname })], providers: HOOKS })
  export class AppModule {}`;

const hooks = (body: string) => `
  import { setTimeout as sleep } from 'node:timers/promises';
  import { Injectable, Scope } from '@nestjs/common';
  import { AppError, OnAccount } from 'gatehouse';
  ${body}`;

describe('hooks of a product', () => {
  let product: Product;
  beforeAll(async () => {
    product = await Product.create({ 'src/app.module.ts': APP });
    await product.database.sql('CREATE TABLE notes (account text, name text, origin text)');
  });
  afterAll(() => product.remove());
  const notes = async () =>
    (
      await product.database.sql<{ note: string }>(
        `SELECT concat_ws(' ', name, origin) AS note FROM notes`,
      )
    ).map(({ note }) => note);

  it('run for commands, and survive that the process of a job is killed', async () => {
    await product.write({
      'src/hooks.ts': hooks(`
        @Injectable()
        class Notes {
          @OnAccount(['deactivated', 'registered'])
          async note({ name, account, actor }, tx) {
            await tx.query('INSERT INTO notes VALUES ($1, $2, $3)', [account.id, name, actor.origin]);
          }
          @OnAccount('deactivated', { after: 'commit' })
          async noteLater({ name, account }, tx) {
            await tx.query('INSERT INTO notes VALUES ($1, $2)', [account.id, 'later']);
            if (process.env.HANGS) await sleep(9_000);
          }
        }
        export const HOOKS = [Notes];`),
    });
    const first = await product.start({ HANGS: 'yes' });
    const { username } = await newSession(first.http);
    const { code, output } = await product.runCommand('users', 'deactivate', username);
    expect([code, output.trim()]).toEqual([0, `${username} is inactive now.`]);
    expect(await notes()).toEqual(['registered api', 'deactivated cli']);
    await eventually(async () => {
      const [row] = await product.database.sql(
        'SELECT FROM gatehouse_jobs.jobs WHERE locked_at IS NOT NULL',
      );
      return row !== undefined;
    }, 'the hook has begun');
    first.child.kill('SIGKILL');
    await first.exited;
    await product.start();
    await eventually(async () => (await notes()).length === 3, 'the hook was run again');
    await product.database.settled();
    expect(await notes()).toEqual(['registered api', 'deactivated cli', 'later']);
  });

  it.each([
    [
      'an unknown event',
      `@Injectable() class Notes { @OnAccount('regstered') note() {} }
       export const HOOKS = [Notes];`,
      /^Notes\.note\(\) has @OnAccount\(\), but "regstered" is no event of an account; there are registered, /m,
    ],
    [
      'a failure that is followed in its transaction',
      `@Injectable() class Notes { @OnAccount('sign_in_failed') note() {} }
       export const HOOKS = [Notes];`,
      /^Notes\.note\(\) has @OnAccount\(\), but "sign_in_failed" can be followed with \{ after: 'commit' \} only\.$/m,
    ],
    [
      'a provider that is made for each request',
      `@Injectable({ scope: Scope.REQUEST }) class Notes { @OnAccount('registered') note() {} }
       export const HOOKS = [Notes];`,
      /^Notes\.note\(\) has @OnAccount\(\), but Notes is made anew for each request or consumer\.$/m,
    ],
    [
      'a class that is there twice',
      `@Injectable() class Notes { @OnAccount('registered') note() {} }
       export const HOOKS = [Notes, { provide: 'again', useClass: Notes }];`,
      /^Notes\.note\(\) has @OnAccount\(\), but there are two providers Notes\.$/m,
    ],
  ])('stop the start: %s', async (_, body, sentence) => {
    await product.write({ 'src/hooks.ts': hooks(body) });
    const { code, output } = await product.failToStart();
    expect(output).toMatch(sentence);
    expect(output).not.toContain('    at ');
    expect(code).toBe(1);
  });
});
