import { Injectable, Logger } from '@nestjs/common';
import { AppConfig } from '../platform/config/app-config.js';
import { type HashPlace } from './hash-place.js';
import { hashPassword, preferredKind } from './hashers/bcrypt.js';
import type { Work } from './hashers/hash-kind.js';
import { type CheckableHash, cut, readHash } from './hashers/stored-hash.js';
import { HashQueue } from './hash-queue.js';
import { isHashable, normalizePassword } from './normalize-password.js';
import { WorkInUse } from './work-in-use.js';

/** An import may have left any number of them. */
const MAX_REFUSALS_LOGGED = 100;

/** Makes and checks password hashes. Knows no user; who stores a hash is the users table's owner. */
@Injectable()
export class PasswordsService {
  private readonly logger = new Logger('Passwords');
  private readonly refusals = new Set<string>();

  constructor(
    private readonly config: AppConfig,
    private readonly queue: HashQueue,
    private readonly workInUse: WorkInUse,
  ) {}

  /** Hashes a password that has passed the policy. Throws `AppError` 503 when too many hashes wait. */
  async hash(password: string, place: HashPlace): Promise<string> {
    const { bcryptCost } = this.config;
    return this.queue.runHash(() => hashPassword(normalizePassword(password), bcryptCost), place);
  }

  /**
   * Whether a password matches a stored hash. Whenever it does not, the same work was done, whatever is stored,
   * also without any hash (unknown user, unusable password) and for one that is refused (ASVS 6.3.8). Throws
   * `AppError` 503 when too many hashes wait.
   */
  async verify(password: string, encoded: string | undefined, place: HashPlace): Promise<boolean> {
    if (!isHashable(password)) return false;
    const stored = encoded === undefined ? undefined : this.read(encoded);
    const works = await this.workInUse.covering(stored?.work);
    return this.queue.runHash(async () => {
      if (await stored?.matches(normalizePassword(password))) return true;
      await spendRest(works, stored?.work);
      return false;
    }, place);
  }

  /** Whether a hash should be replaced when its password is at hand: another format, or another cost. */
  isOutdated(encoded: string): boolean {
    return cut(encoded).kind !== preferredKind(this.config.bcryptCost);
  }

  /** Logs each reason for which hashes are refused once. */
  private read(encoded: string): CheckableHash | undefined {
    const read = readHash(encoded);
    if (typeof read !== 'string') return read;
    if (!this.refusals.has(read) && this.refusals.size < MAX_REFUSALS_LOGGED) {
      this.refusals.add(read);
      this.logger.warn(`A stored password hash is refused: ${read}. Its owner has to reset it.`);
    }
    return undefined;
  }
}

/** Does what is left of the work of a failure (Django's `harden_runtime`, for all formats). */
async function spendRest(works: readonly Work[], done: Work | undefined): Promise<void> {
  for (const work of works) {
    const left = work.sort === done?.sort ? work.units - done.units : work.units;
    if (left > 0) await work.spend(left);
  }
}
