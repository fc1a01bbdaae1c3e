import { skeletonOf } from '../common/look-alikes.js';

/**
 * Usernames that visitors cannot choose, each line for its reason. Administrators and operators may give them: the
 * first superuser is usually called `admin`. A product adds its own with RESERVED_USERNAMES.
 */
const RESERVED = [
  // Readers take these for the people who run the site, or for the site itself.
  'admin administrator root superuser sysadmin operator owner staff team moderator official support help helpdesk',
  // Mailboxes that prove the control of a domain or have a duty (RFC 2142, CA/Browser Forum Baseline Requirements
  // 3.2.2.4.4): where addresses are made of usernames, their owner would speak for the domain.
  'abuse hostmaster info noc postmaster security ssladmin webmaster www mailer-daemon no-reply',
  // Words that addresses and programs use in the place of a name.
  'me self api system anonymous guest nobody everyone null undefined',
];

/** Which usernames are reserved, however they are written: `ADMIN`, `adm1n`, `ad.min` and `admin_` are one. */
export class ReservedUsernames {
  private readonly forms: ReadonlySet<string>;

  /** @param added the name of the site, and what its operator reserves in addition */
  constructor(added: readonly string[]) {
    this.forms = new Set([...RESERVED.join(' ').split(' '), ...added].map(formOf));
  }

  /** Whether a visitor cannot choose a username. */
  has(username: string): boolean {
    return this.forms.has(formOf(username));
  }
}

/** What a name looks like without the signs between its letters. */
function formOf(username: string): string {
  return skeletonOf(username.replaceAll(/[@.+\-_\s]/gu, ''));
}
