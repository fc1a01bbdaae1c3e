import { constants } from 'node:os';
import { Logger } from '@nestjs/common';

/** The signals that end a process in order. */
export const SIGNALS = ['SIGTERM', 'SIGINT'] as const;

/** What happens to the application on a signal. */
interface Shutdown {
  /** Serves on while others learn that they should send no more. */
  drain: () => Promise<void>;
  close: () => Promise<void>;
}

/** How long a shutdown may take once the application closes, in milliseconds. */
const SHUTDOWN_DEADLINE = 25_000;

/**
 * The signals that end the process. While it starts, one ends it at once: PostgreSQL rolls back what it was in the middle
 * of. Once it serves, one closes the application in order. The second ends it at once in any case.
 */
export class Signals {
  private readonly logger = new Logger('Shutdown');
  private shutdown: Shutdown | undefined;
  /** The first one that came. */
  received: NodeJS.Signals | undefined;

  /** @param isLeftAtOnce whether a start can be left without a server of its own that would stay behind */
  constructor(private readonly start: { isLeftAtOnce: boolean }) {
    for (const name of SIGNALS) process.on(name, () => void this.receive(name));
  }

  /** From now on a signal calls these, and the process ends when they are done. */
  shutDownBy(shutdown: Shutdown): void {
    this.shutdown = shutdown;
  }

  private async receive(name: NodeJS.Signals): Promise<void> {
    if (this.received) this.exit(name, `${name} again: ending at once.`);
    this.received = name;
    if (!this.shutdown) {
      if (this.start.isLeftAtOnce) this.exit(name, `${name} during the start: ending.`);
      this.logger.log(`${name} during the start: ending as soon as the database can be stopped.`);
      setTimeout(() => process.exit(exitCodeOf(name)), SHUTDOWN_DEADLINE).unref();
      return;
    }
    this.logger.log(`${name}: shutting down.`);
    await this.shutdown.drain();
    setTimeout(() => {
      this.logger.error('The shutdown took too long: ending.');
      process.exit(1);
    }, SHUTDOWN_DEADLINE).unref();
    try {
      await this.shutdown.close();
      process.exit(0);
    } catch (error) {
      this.logger.error('The shutdown failed.', error instanceof Error ? error.stack : undefined);
      process.exit(1);
    }
  }

  private exit(name: NodeJS.Signals, sentence: string): never {
    this.logger.log(sentence);
    process.exit(exitCodeOf(name));
  }
}

/** As shells report a process that a signal ended. */
export function exitCodeOf(name: NodeJS.Signals): number {
  return 128 + constants.signals[name];
}
