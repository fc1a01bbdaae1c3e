import { join } from 'node:path';
import { built } from './built.js';
import { ROOT } from './process.js';

/** JavaScript of a module, without a look at its types: what a build makes of it, in a moment. */
export async function compile(code: string, filename?: string): Promise<string> {
  const { transform } = await built<typeof import('@swc/core')>('@swc/core');
  const { default: jestConfig } = (await import(join(ROOT, 'jest.config.js'))) as {
    default: { transform: Record<string, [string, object]> };
  };
  const [, settings] = Object.values(jestConfig.transform)[0]!;
  return (await transform(code, { ...settings, filename })).code;
}
