import { CLI } from '../common/cli-name.js';
import type { Brand } from '../platform/brand/brand.js';
import type { AppConfig } from '../platform/config/app-config.js';

/** Tells a person who has just started the application where to go. */
export function welcome(config: AppConfig, { name }: Brand, address: string): void {
  if (config.environment === 'production') return;
  const lines = [
    `${name} is ready on ${address}`,
    '',
    `  Pages        ${config.publicUrl}/`,
    ...(config.swagger ? [`  Swagger UI   ${config.publicUrl}/docs`] : []),
    `  Health       ${config.publicUrl}/health/ready`,
    ...(config.smtpUrl ? [] : [`  Mailbox      ${config.publicUrl}/dev/mailbox`]),
    `  Superuser    ${CLI} createsuperuser`,
    `  Database     ${config.databaseUrl ? 'DATABASE_URL' : `embedded PostgreSQL under ${config.dataDir}`}`,
    '',
    '  Stop it with Ctrl-C; your data stays.',
  ];
  console.log(`\n${lines.join('\n')}\n`);
}
