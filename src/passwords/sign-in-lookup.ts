import { Injectable } from '@nestjs/common';
import sql from 'sql-template-tag';
import { GatehouseDataSource } from '../platform/database/data-source.js';
import { runPrepared } from '../platform/database/run-prepared.js';
import { countInWindow, type WindowCount } from '../platform/throttling/limit-counters.sql.js';
import type { User } from '../users/user.entity.js';
import { UsersService } from '../users/users.service.js';
import { userOfSignInName } from '../users/users.sql.js';
import { KnownNetworksService } from './known-networks.service.js';
import { isKnownNetwork } from './known-networks.sql.js';
import { failuresByDevice } from './password-failures.sql.js';

interface Row {
  end: string | null;
  failureEnd: string | null;
  isKnown: boolean;
  failures: Record<string, number>;
}

/** The account that somebody wants to sign in to. */
export interface Sought {
  /** What is typed, or what the account is called. */
  name: string;
  /** The id of the account, where its unproven address does not name it. */
  accountId?: string | undefined;
}

/** How a sign-in begins. */
export interface SignInBegun {
  /** When the two windows end in which it was counted. Null: it was not. */
  ends: (string | null)[];
  user: User | null;
  /** Whether the account was signed in to from that network lately. */
  isKnownNetwork: boolean;
  /** How many wrong passwords came in a row, by the rows that were asked for. A row without any is left out. */
  failures: Record<string, number>;
}

/** The nil UUID (RFC 9562 section 5.9): a fixed value, because a random one for each row would defeat the index. */
const OWNER = sql`coalesce(u.id, '00000000-0000-0000-0000-000000000000')`;

/**
 * Everything that a sign-in needs before its password is looked at, in one statement: two limits, the account,
 * the network and the failures. It is the same work for an account as for none (ASVS 6.3.8).
 */
@Injectable()
export class SignInLookup {
  constructor(
    private readonly dataSource: GatehouseDataSource,
    private readonly users: UsersService,
    private readonly networks: KnownNetworksService,
  ) {}

  /**
   * @param counts one for each of two limits: of sign-ins, and of those that fail
   * @param rows the rows of failures that it may belong to
   */
  async begin(
    [signIn, failure]: WindowCount[],
    { name, accountId }: Sought,
    ip: string,
    rows: string[],
    now: Date,
  ): Promise<SignInBegun> {
    const network = this.networks.networkToTrust(ip, now);
    const [row] = await runPrepared<Row>(
      this.dataSource,
      'sign_in_lookup',
      sql`
        WITH counted AS (${countInWindow(signIn!)}),
        failed AS (${countInWindow(failure!, sql`counted`)})
        SELECT (SELECT expire FROM counted) AS "end", (SELECT expire FROM failed) AS "failureEnd",
               ${isKnownNetwork(OWNER, network)} AS "isKnown",
               ${failuresByDevice(OWNER, rows)} AS failures,
               ${this.users.columns.list}
        FROM (SELECT) AS always LEFT JOIN (${userOfSignInName(name, accountId)}) AS u ON true`,
    );
    const { end, failureEnd, isKnown, failures } = row!;
    return {
      ends: [end, failureEnd],
      user: this.users.columns.read(row!),
      isKnownNetwork: isKnown,
      failures,
    };
  }
}
