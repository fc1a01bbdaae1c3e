/** What this process runs the application for. */
export abstract class RunMode {
  /** `server` answers requests and does jobs; `command` does what one command says, next to a running server. */
  abstract readonly role: 'server' | 'command';
  /** Whether pending migrations are applied, or stop the process. Undefined: `MIGRATE_ON_START` decides. */
  abstract readonly schema?: 'migrate' | 'check' | undefined;
}
