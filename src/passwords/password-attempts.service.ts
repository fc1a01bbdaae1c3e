import { Injectable } from '@nestjs/common';
import sql from 'sql-template-tag';
import { AppError } from '../http/app-error.js';
import { canonicalIp, networkOf } from '../http/client-ip.js';
import type { Actor, SignedInActor } from '../http/current-actor.decorator.js';
import { GatehouseDataSource } from '../platform/database/data-source.js';
import { runPrepared } from '../platform/database/run-prepared.js';
import type { Taken } from '../platform/throttling/counter.js';
import { giveBackCounts } from '../platform/throttling/limit-counters.sql.js';
import { LimitsService } from '../platform/throttling/limits.service.js';
import { orUnavailable } from '../platform/throttling/or-unavailable.js';
import { usernameKey } from '../users/identifiers.js';
import type { User } from '../users/user.entity.js';
import { UsersService } from '../users/users.service.js';
import { placeOfAccount, placeOfStranger } from './hash-place.js';
import { isKnownBrowser } from './known-browser.js';
import { PasswordAttempt } from './password-attempt.js';
import { PasswordFailures } from './password-failures.service.js';
import { endFailures } from './password-failures.sql.js';
import { SignInLookup, type Sought } from './sign-in-lookup.js';

/** How a guess begins: for whom, from which known device if from one, and what is counted so far. */
interface Begun {
  user: User | null;
  device: string | undefined;
  failures: number;
  taken: Taken[];
}

/**
 * How many guesses at passwords there may be (ASVS 6.3.1): each is counted as a failure before its hash is
 * computed, and taken back when it turns out to be none, so that of any number of guesses at once no more
 * get through than the limits say. All that anybody can see depends on what was typed and from where,
 * never on which accounts there are (ASVS 6.3.8).
 *
 * Whoever hammers an account fills the counter and the row of strangers. Its owner gets in beside them from a
 * known device, which has its own instead: a browser that was signed in before, or a network (IPv6: /64)
 * from where the account was signed in to (ASVS 6.1.1).
 */
@Injectable()
export class PasswordAttempts {
  constructor(
    private readonly dataSource: GatehouseDataSource,
    private readonly users: UsersService,
    private readonly limits: LimitsService,
    private readonly lookup: SignInLookup,
    private readonly failures: PasswordFailures,
  ) {}

  /** A guess for the account that a username or address means. Throws `AppError` 429 `too_many_requests`, 503. */
  async beginAttemptByName(actor: Actor, sought: Sought): Promise<PasswordAttempt> {
    const begun = await this.beginByName(actor, sought).catch((refusal: unknown) =>
      this.beginInKnownBrowser(actor, sought, refusal),
    );
    return this.count(actor, begun, sought.name);
  }

  /**
   * A guess at the caller's own password. Their session counts for itself, as a device does, whatever others
   * do on their network. Throws as `beginAttemptByName`.
   */
  async beginAttempt(actor: SignedInActor, user: User): Promise<PasswordAttempt> {
    const device = `session:${actor.principal.sessionId}`;
    const failures = await this.failures.countFailures(user.id, device);
    return this.count(actor, { user, device, failures, taken: [] }, user.username);
  }

  /**
   * It was right: takes its own counts back, and no others, and ends its row of failures. A known device ends its
   * own row alone. The row of strangers goes on, so a guesser gains nothing by an owner who signs in every day. False when there have been too many failures, also of guesses that came at the same
   * time; then all of it counts. Throws `AppError` 503.
   */
  async succeed({ taken, row }: PasswordAttempt, { id }: User): Promise<boolean> {
    const areEnded = sql`(SELECT are_ended FROM failures)`;
    const [succeeded] = await orUnavailable(() =>
      runPrepared<{ areEnded: boolean }>(
        this.dataSource,
        'password_attempt_succeeded',
        sql`
          WITH ${endFailures(id, row.name)}, ${giveBackCounts(taken, areEnded)}
          SELECT are_ended AS "areEnded" FROM failures`,
      ),
    );
    return succeeded!.areEnded;
  }

  /** It was not looked at: takes its own counts back, and no others. Throws `AppError` 503. */
  async giveBack({ taken }: PasswordAttempt): Promise<void> {
    await this.limits.giveBackCounts(taken);
  }

  private async beginByName(actor: Actor, sought: Sought): Promise<Begun> {
    const ip = ipOf(actor);
    const counted = { key: networkOf(ip) };
    const [network, browser] = [`network:${networkOf(ip)}`, browserOf(actor)];
    const rows = [undefined, network, browser].flatMap((device) => this.failures.rowsOf(device));
    const { taken, result } = await this.limits.countAgainstLimitsBy(
      actor,
      [
        { limit: 'sign_ins_per_ip', counted },
        { limit: 'failed_sign_ins_per_ip', counted },
      ],
      (counts) => this.lookup.begin(counts, sought, ip, rows, new Date()),
    );
    const { user, isKnownNetwork, failures } = result;
    const isOfKnownBrowser = user && isOfBrowser(actor, user);
    const device = isOfKnownBrowser ? browser : isKnownNetwork ? network : undefined;
    if (user && device !== undefined) await this.failures.renew(user.id, device);
    // The first count is of right ones as well: it stays.
    return {
      user,
      device,
      failures: this.failures.failuresOf(failures, device),
      taken: taken.slice(1),
    };
  }

  /**
   * Others have used up what an IP address has. A browser with which the account was signed in to gets in beside
   * them, a few times. Throws the refusal for any other.
   */
  private async beginInKnownBrowser(
    actor: Actor,
    { name, accountId }: Sought,
    refusal: unknown,
  ): Promise<Begun> {
    const device = browserOf(actor);
    const isLimit = refusal instanceof AppError && refusal.code === 'too_many_requests';
    const isSought = isLimit && device !== undefined;
    const user = isSought ? await this.users.findForSignIn(name, accountId) : null;
    if (!user || !isOfBrowser(actor, user)) throw refusal;
    const counted = { key: user.id, userId: user.id };
    await this.limits.countAgainstLimit(actor, 'sign_ins_per_known_browser', counted);
    const failures = await this.failures.countFailures(user.id, device!);
    return { user, device, failures, taken: [] };
  }

  /** Whoever is refused on the way has used up nothing. */
  private async count(actor: Actor, begun: Begun, name: string): Promise<PasswordAttempt> {
    const { user, device, failures, taken } = begun;
    const row = { name: this.failures.rowOf(device), failures };
    const place =
      user && device !== undefined ? placeOfAccount(actor, user.id) : placeOfStranger(actor);
    const attempt = new PasswordAttempt(user, taken, row, place);
    try {
      if (user && device !== undefined) await this.countDevice(actor, user, device, taken);
      else await this.countStranger(actor, name, attempt);
      return attempt;
    } catch (error) {
      await this.limits.giveBackCounts(taken);
      throw error;
    }
  }

  /**
   * The /48 around an IPv6 network, and two counters more: of the name as it was typed, which says so when it is
   * full, and of the account, whatever it is called, which does not: that a username and an address lead to one
   * account is nobody's business.
   */
  private async countStranger(actor: Actor, name: string, attempt: PasswordAttempt): Promise<void> {
    const { taken } = attempt;
    const userId = attempt.user?.id;
    const typed = usernameKey(name);
    const limit = 'failed_sign_ins_per_account';
    await this.limits.countAgainstLimitOfSite(actor, 'sign_ins_per_ip', ipOf(actor));
    const ofSite = await this.limits.countAgainstLimitOfSite(
      actor,
      'failed_sign_ins_per_ip',
      ipOf(actor),
    );
    if (ofSite) taken.push(ofSite);
    taken.push(await this.limits.countAgainstLimit(actor, limit, { key: `name:${typed}`, userId }));
    const key = userId === undefined ? `nobody:${typed}` : `user:${userId}`;
    const ofAccount = await this.limits.countAgainstLimitSilently(actor, limit, { key, userId });
    if (ofAccount) taken.push(ofAccount);
    else attempt.isOverLimit = true;
  }

  private async countDevice(actor: Actor, { id }: User, device: string, taken: Taken[]) {
    const counted = { key: `${id}:${device}`, userId: id };
    taken.push(
      await this.limits.countAgainstLimit(actor, 'failed_sign_ins_per_known_device', counted),
    );
  }
}

/** The browser that a request comes from, known to whichever accounts; undefined for none that proves it. */
function browserOf({ client }: Actor): string | undefined {
  return client?.browser && `browser:${client.browser.id}`;
}

/** Whether an account was signed in to with the browser of a request. */
function isOfBrowser({ client }: Actor, user: User): boolean {
  return client?.browser !== undefined && isKnownBrowser(client.browser, user);
}

/** Without an address (a Unix socket) everybody is one. */
function ipOf({ client }: Actor): string {
  return client?.ip ?? canonicalIp(undefined);
}
