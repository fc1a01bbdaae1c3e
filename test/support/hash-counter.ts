import type { INestApplicationContext } from '@nestjs/common';
import { built } from './built.js';

const { PasswordsService } = await built<typeof import('../../src/passwords/passwords.service.js')>(
  'src/passwords/passwords.service.js',
);

type Hasher = Record<'hash' | 'verify', (...args: never[]) => Promise<unknown>>;

/** Counts the slow hashes that the application computes from now on. */
export function countHashes(nest: INestApplicationContext): { count: number } {
  const counter = { count: 0 };
  const { preferred: hasher } = nest.get<{ preferred: Hasher }>(PasswordsService, {
    strict: false,
  });
  for (const name of ['hash', 'verify'] as const) {
    const original = hasher[name].bind(hasher);
    hasher[name] = (...args) => {
      counter.count++;
      return original(...args);
    };
  }
  return counter;
}
