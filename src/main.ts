import { exitWithReason } from './boot-failure.js';
import { loadConfigFromProcess } from './config/load-config.js';
import { EmbeddedPostgres } from './database/embedded/embedded-postgres.js';

const SHUTDOWN_DEADLINE = 30_000;

async function main(): Promise<void> {
  const config = loadConfigFromProcess();
  const signals = rememberSignals();
  // To start the database takes as long as to load the application: both at once.
  const leave = config.databaseUrl ? undefined : EmbeddedPostgres.openAhead(config.dataDir);
  try {
    const { serve } = await import('./serve.js');
    await serve(config, signals);
  } finally {
    await leave?.();
  }
}

/** A signal that comes while the database is being started has to wait until it can be stopped. */
function rememberSignals() {
  const signals = { names: ['SIGTERM', 'SIGINT'] as const, received: false };
  for (const name of signals.names) {
    process.once(name, () => {
      signals.received = true;
      setTimeout(() => process.exit(1), SHUTDOWN_DEADLINE).unref();
    });
  }
  return signals;
}

main().catch(exitWithReason);
