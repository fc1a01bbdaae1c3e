import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { canonicalIp, networkOf } from '../common/client-ip.js';
import type { Actor, SignedInActor } from '../common/current-actor.decorator.js';
import { Statement } from '../database/statement.js';
import type { Taken } from '../throttling/counter.js';
import { giveBackInStatement } from '../throttling/give-back.js';
import { LimitsService } from '../throttling/limits.service.js';
import { endFailuresInStatement } from '../users/end-failures.sql.js';
import { usernameKey } from '../users/identifiers.js';
import type { User } from '../users/user.entity.js';
import { isKnownBrowser } from './known-browser.js';
import { PasswordAttempt } from './password-attempt.js';
import { type SignInBegun, SignInLookup } from './sign-in-lookup.js';

const SUCCEED = new Statement<{ areEnded: boolean }>(
  'password_attempt_succeeded',
  `WITH ${endFailuresInStatement('$1')}, ${giveBackInStatement(2, '(SELECT are_ended FROM failures)')}
   SELECT are_ended AS "areEnded" FROM failures`,
);

/**
 * How many guesses at passwords there may be (ASVS 6.3.1): each is counted as a failure before its hash is
 * computed, and taken back when it turns out to be none, so that of any number of guesses at once no more
 * get through than the limits say. All that anybody can see depends on what was typed and from where,
 * never on which accounts there are (ASVS 6.3.8).
 *
 * Whoever hammers an account fills the counter of strangers. Its owner gets in beside them from a known
 * device, which has a counter of its own instead: a browser that was signed in before, or a network (IPv6:
 * /64) from where the account was signed in to (ASVS 6.1.1). The limits of the IP address hold for all.
 */
@Injectable()
export class PasswordAttempts {
  constructor(
    private readonly dataSource: DataSource,
    private readonly limits: LimitsService,
    private readonly lookup: SignInLookup,
  ) {}

  /** A guess for the account that a username or address means. Throws `AppError` 429 `too_many_requests`, 503. */
  async ofName(actor: Actor, name: string): Promise<PasswordAttempt> {
    const ip = ipOf(actor);
    const counted = { key: networkOf(ip) };
    const { taken, result } = await this.limits.takeBy(
      actor,
      [
        { limit: 'sign_ins_per_ip', counted },
        { limit: 'failed_sign_ins_per_ip', counted },
      ],
      (values) => this.lookup.begin(values, name, ip, new Date()),
    );
    // The first is of right ones as well: it stays.
    return this.begin(taken.slice(1), async (failed) => {
      const { user } = result;
      const attempt = new PasswordAttempt(user, failed);
      const device = knownDeviceOf(actor, result);
      if (device === undefined) await this.countStranger(actor, name, attempt, failed);
      else await this.countDevice(actor, user!, device, failed);
      return attempt;
    });
  }

  /** A guess at the caller's own password. Their session counts for itself, as a device does. Throws as `ofName`. */
  async of(actor: SignedInActor, user: User): Promise<PasswordAttempt> {
    const key = networkOf(ipOf(actor));
    const taken = [await this.limits.take(actor, 'failed_sign_ins_per_ip', { key })];
    return this.begin(taken, async (failed) => {
      await this.countDevice(actor, user, `session:${actor.principal.sessionId}`, failed);
      return new PasswordAttempt(user, failed);
    });
  }

  /**
   * It was right: takes its own counts back, and no others, and ends the account's row of failures. False
   * when there have been too many of those, also of guesses that came at the same time; then all of it
   * counts. Throws `AppError` 503.
   */
  async succeed({ taken }: PasswordAttempt, { id }: User): Promise<boolean> {
    const [row] = await this.limits.giveBackBy(taken, (values) =>
      SUCCEED.run(this.dataSource, [id, ...values]),
    );
    return row!.areEnded;
  }

  /** It was not looked at: takes its own counts back, and no others. Throws `AppError` 503. */
  async giveBack({ taken }: PasswordAttempt): Promise<void> {
    await this.limits.giveBack(taken);
  }

  /** Whoever is refused on the way has used up nothing. */
  private async begin(
    taken: Taken[],
    count: (taken: Taken[]) => Promise<PasswordAttempt>,
  ): Promise<PasswordAttempt> {
    try {
      return await count(taken);
    } catch (error) {
      await this.limits.giveBack(taken);
      throw error;
    }
  }

  /**
   * Two counters: of the name as it was typed, which says so when it is full, and of the account, whatever
   * it is called, which does not: that a username and an address lead to one account is nobody's business.
   */
  private async countStranger(
    actor: Actor,
    name: string,
    attempt: PasswordAttempt,
    taken: Taken[],
  ): Promise<void> {
    const userId = attempt.user?.id;
    const typed = usernameKey(name);
    const limit = 'failed_sign_ins_per_account';
    taken.push(await this.limits.take(actor, limit, { key: `name:${typed}`, userId }));
    const key = userId === undefined ? `nobody:${typed}` : `user:${userId}`;
    const ofAccount = await this.limits.takeSilently(actor, limit, { key, userId });
    if (ofAccount) taken.push(ofAccount);
    else attempt.isOverLimit = true;
  }

  private async countDevice(actor: Actor, { id }: User, device: string, taken: Taken[]) {
    const counted = { key: `${id}:${device}`, userId: id };
    taken.push(await this.limits.take(actor, 'failed_sign_ins_per_known_device', counted));
  }
}

/** What tells a device from others from where the account was signed in to before; undefined for any other. */
function knownDeviceOf(actor: Actor, { user, isKnownNetwork }: SignInBegun): string | undefined {
  const browser = actor.client?.browser;
  if (user && browser && isKnownBrowser(browser, user)) return `browser:${browser.id}`;
  return isKnownNetwork ? `network:${networkOf(ipOf(actor))}` : undefined;
}

/** Without an address (a Unix socket) everybody is one. */
function ipOf({ client }: Actor): string {
  return client?.ip ?? canonicalIp(undefined);
}
