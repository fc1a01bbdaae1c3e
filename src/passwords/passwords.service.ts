import { randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { AppConfig } from '../config/app-config.js';
import { BcryptSha256Hasher } from './hashers/bcrypt-sha256.hasher.js';
import { DJANGO_HASHERS } from './hashers/django-hashers.js';
import type { PasswordHasher } from './hashers/password-hasher.js';
import { type HashPlace, OPERATOR_PLACE } from './hash-place.js';
import { HashQueue } from './hash-queue.js';
import { isHashable, normalizePassword } from './normalize-password.js';

/** Makes and checks password hashes. Knows no user; who stores a hash is the users table's owner. */
@Injectable()
export class PasswordsService {
  private readonly preferred: BcryptSha256Hasher;
  private readonly hashers: PasswordHasher[];
  private readonly decoy: Promise<string>;

  constructor(
    config: AppConfig,
    private readonly queue: HashQueue,
  ) {
    this.preferred = new BcryptSha256Hasher(config.bcryptCost);
    this.hashers = [this.preferred, ...DJANGO_HASHERS];
    this.decoy = this.hash(randomBytes(32).toString('base64url'), OPERATOR_PLACE);
  }

  /** Hashes a password that has passed the policy. Throws `AppError` 503 when too many hashes wait. */
  async hash(password: string, place: HashPlace): Promise<string> {
    return this.queue.run(() => this.preferred.hash(normalizePassword(password)), place);
  }

  /**
   * Whether a password matches a stored hash, found out with exactly one slow hash whatever is stored:
   * without a usable one (unknown user, unusable password) a decoy is checked instead, so that the time
   * taken tells nothing (ASVS 6.3.8). Throws `AppError` 503 when too many hashes wait.
   */
  async verify(password: string, encoded: string | undefined, place: HashPlace): Promise<boolean> {
    if (!isHashable(password)) return false;
    const hasher = this.hashers.find((one) => encoded !== undefined && one.recognises(encoded));
    const target = hasher ? encoded! : await this.decoy;
    const isMatch = await this.queue.run(
      () => (hasher ?? this.preferred).verify(normalizePassword(password), target),
      place,
    );
    return hasher !== undefined && isMatch;
  }

  /** Whether a hash should be replaced when its password is at hand: another format, or another cost. */
  isOutdated(encoded: string): boolean {
    return this.preferred.isOutdated(encoded);
  }
}
