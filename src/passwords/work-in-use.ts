import { Injectable } from '@nestjs/common';
import { AppConfig } from '../platform/config/app-config.js';
import { GatehouseDataSource } from '../platform/database/data-source.js';
import { PASSWORD_KINDS } from '../users/users.sql.js';
import { bcryptWork } from './hashers/bcrypt.js';
import type { Work } from './hashers/hash-kind.js';
import { readKind } from './hashers/stored-hash.js';

const MAX_AGE = 60_000;
/** A failed sign-in must end, even where an import left every kind that there ever was. */
const MAX_SORTS = 16;

/**
 * The work of every failed check of a password: for each sort that some account has, as much as the dearest of
 * these takes. All failures do all of it, so that time does not show whether there is an account, or whether it
 * was imported (ASVS 6.3.8). Without imported hashes it is one hash at the configured cost.
 */
@Injectable()
export class WorkInUse {
  private latest: Promise<readonly Work[]> | undefined;
  private readAt = 0;

  constructor(
    private readonly dataSource: GatehouseDataSource,
    private readonly config: AppConfig,
  ) {}

  /**
   * All of that work. It is at most a minute old, or newer if it does not cover the hash at hand.
   * @param atHand the work of the stored hash that is to be checked
   */
  async covering(atHand: Work | undefined): Promise<readonly Work[]> {
    const isFresh = performance.now() - this.readAt < MAX_AGE;
    const works = await (this.latest && isFresh ? this.latest : this.refresh());
    return !atHand || works.some((work) => covers(work, atHand)) ? works : this.refresh();
  }

  private refresh(): Promise<readonly Work[]> {
    this.readAt = performance.now();
    const reading = this.read();
    this.latest = reading;
    reading.catch(() => {
      if (this.latest === reading) this.latest = undefined;
    });
    return reading;
  }

  private async read(): Promise<readonly Work[]> {
    const rows = await this.dataSource.query<{ kind: string }[]>(PASSWORD_KINDS);
    const dearest = new Map<string, Work>();
    for (const work of [bcryptWork(this.config.bcryptCost), ...rows.flatMap(workOf)]) {
      const known = dearest.get(work.sort);
      if (known ? work.units > known.units : dearest.size < MAX_SORTS) dearest.set(work.sort, work);
    }
    return [...dearest.values()];
  }
}

/** What is refused takes no work. */
function workOf({ kind }: { kind: string }): Work[] {
  const found = readKind(kind);
  return found && !found.excess ? [found.work] : [];
}

function covers(work: Work, other: Work): boolean {
  return work.sort === other.sort && work.units >= other.units;
}
