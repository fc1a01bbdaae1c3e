import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { Statement } from '../database/statement.js';
import { COUNT_PARAMETERS, countInStatement } from '../throttling/count-in-statement.js';
import { signInNames, userOfSignInName } from '../users/sign-in-name.sql.js';
import type { User } from '../users/user.entity.js';
import { UsersService } from '../users/users.service.js';
import { isKnownNetwork, KnownNetworksService } from './known-networks.service.js';

interface Row {
  end: string | null;
  failureEnd: string | null;
  isKnown: boolean;
}

/** How a sign-in begins. */
export interface SignInBegun {
  /** When the two windows end in which it was counted. Null: it was not. */
  ends: (string | null)[];
  user: User | null;
  /** Whether the account was signed in to from that network lately. */
  isKnownNetwork: boolean;
}

const NAMES = 1 + 2 * COUNT_PARAMETERS;
/** The nil UUID (RFC 9562 section 5.9). Not a random one: no index finds what is another for every row. */
const NOBODY = '00000000-0000-0000-0000-000000000000';

/**
 * Everything that a sign-in needs before its password is looked at, in one statement: two limits, the account
 * and the network. It is the same work for an account as for none (ASVS 6.3.8).
 */
@Injectable()
export class SignInLookup {
  private readonly statement: Statement<Row>;

  constructor(
    private readonly dataSource: DataSource,
    private readonly users: UsersService,
    private readonly networks: KnownNetworksService,
  ) {
    this.statement = new Statement(
      'sign_in_lookup',
      `WITH counted AS (${countInStatement(1)}),
       failed AS (${countInStatement(1 + COUNT_PARAMETERS, 'counted')})
       SELECT (SELECT expire FROM counted) AS "end", (SELECT expire FROM failed) AS "failureEnd",
              ${isKnownNetwork(`coalesce(u.id, '${NOBODY}')`, NAMES + 2)} AS "isKnown",
              ${users.columns.list}
       FROM (SELECT) AS always LEFT JOIN (${userOfSignInName(NAMES)}) AS u ON true`,
    );
  }

  /** @param counting the values for two limits: of sign-ins, and of those that fail */
  async begin(counting: unknown[], name: string, ip: string, now: Date): Promise<SignInBegun> {
    const values = [...counting, ...signInNames(name), ...this.networks.valuesToTrust(ip, now)];
    const [row] = await this.statement.run(this.dataSource, values);
    const { end, failureEnd, isKnown } = row!;
    return {
      ends: [end, failureEnd],
      user: this.users.columns.read(row!),
      isKnownNetwork: isKnown,
    };
  }
}
