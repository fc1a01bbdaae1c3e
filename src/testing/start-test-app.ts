import { join } from 'node:path';
import type { Type } from '@nestjs/common';
import { importBuilt } from './import-built.js';
import type { TestApp, TestAppOptions } from './test-app.js';

/**
 * Starts an application as `start()` does, for tests: cheap password hashes, limits that tests do not reach, and emails
 * that stay here. One at a time in a process. Throws when the file has no `AppModule`, and whatever a start throws.
 *
 * ```ts
 * const app = await startTestApp('dist/src/app.module.js');
 * const editor = await app.signIn({ permissions: ['articles.publish'] });
 * const { status } = await editor.http.post('/api/articles', { title: 'First' });
 * await app.close();
 * ```
 * @param appModule the compiled file that exports the root module as `AppModule`, from the working directory; or the
 *   class itself, for runners that load modules as Node does
 */
export async function startTestApp(
  appModule: Type | string,
  options: TestAppOptions = {},
): Promise<TestApp> {
  const { startApplication } = await importBuilt<typeof import('./start-application.js')>(
    join(import.meta.dirname, 'start-application.js'),
  );
  const type = typeof appModule === 'string' ? await appModuleIn(appModule) : appModule;
  return startApplication(type, options);
}

async function appModuleIn(file: string): Promise<Type> {
  const { AppModule } = await importBuilt<{ AppModule?: Type }>(file);
  if (!AppModule) throw new Error(`${file} does not export AppModule.`);
  return AppModule;
}
