import { readFileSync } from 'node:fs';
import { type ServerProcess, startServer } from './process.js';

export const APP_SECRET = 'a secret of the bench, which is of more than thirty-two bytes';

/** What is set in production, but for limits: a bench does in a minute what people do in a month. */
export function productionVariables(databaseUrl: string): Record<string, string> {
  return {
    NODE_ENV: 'production',
    DATABASE_URL: databaseUrl,
    APP_SECRET,
    PUBLIC_URL: 'http://localhost:3000',
    // Mails are the mail server's speed.
    EMAIL_VERIFICATION: 'none',
    THROTTLE_SCALE: '1000000',
  };
}

/** Starts what `npm start` starts, with its flags, in production. It migrates its database. */
export async function startGatehouse(
  databaseUrl: string,
  variables: Record<string, string> = {},
): Promise<ServerProcess> {
  const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as {
    scripts: { start: string };
  };
  const [, words] = /^exec node (.+)$/.exec(scripts.start)!;
  return startServer(words!.split(' '), '/health/ready', {
    ...productionVariables(databaseUrl),
    ...variables,
  });
}
