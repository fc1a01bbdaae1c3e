import type { StringValue } from 'ms';

/** How often something is let through within a time. The time begins with the first. */
export interface Limit {
  /** What is counted. */
  counted: string;
  /** For whom or what one counter is kept. */
  per: string;
  times: number;
  within: StringValue;
  /** How often from a whole /48 of IPv6, where `per` is an IP address: a customer may have 65,536 of those. */
  timesPerSite?: number;
  /** Whether a count is taken back when it turns out to be none. */
  isProvisional?: true;
  /**
   * Whether it is there for when others are reached: that it is used up is no news, and recorded nowhere. Not
   * multiplied.
   */
  isReserve?: true;
  /** What follows instead of a refusal until the time is over: a pause, twice as long each time. */
  pauses?: { first: StringValue; longest: StringValue };
  /** What a person is told who is refused, before when to come back. */
  refusal: string;
  /** And what they can do instead. */
  instead?: string;
}

/** Every limit there is (ASVS 2.4.1, 6.1.1, 6.3.1). `THROTTLE_SCALE` multiplies `times`. docs/limits.md is this table. */
export const LIMITS = {
  sign_ins_per_ip: {
    counted: 'sign-ins, right or wrong',
    per: 'IP address',
    times: 30,
    timesPerSite: 90,
    within: '1m',
    refusal: 'Too many sign-ins from your network.',
  },
  failed_sign_ins_per_ip: {
    counted: 'wrong passwords',
    per: 'IP address',
    times: 10,
    timesPerSite: 30,
    within: '15m',
    isProvisional: true,
    refusal: 'Too many failed sign-ins from your network.',
  },
  failed_sign_ins_per_account: {
    counted: 'wrong passwords',
    per: 'account, and name that was typed',
    times: 5,
    within: '15m',
    isProvisional: true,
    pauses: { first: '30s', longest: '1h' },
    refusal: 'Too many wrong passwords for this account.',
    instead: 'choose a new password',
  },
  failed_sign_ins_per_known_device: {
    counted: 'wrong passwords',
    per: 'account and device it was signed in from',
    times: 5,
    within: '15m',
    isProvisional: true,
    pauses: { first: '30s', longest: '1h' },
    refusal: 'Too many wrong passwords for this account.',
    instead: 'choose a new password',
  },
  sign_ins_per_known_browser: {
    counted: 'sign-ins that the IP address has no room for',
    per: 'account, in browsers it was signed in with',
    times: 5,
    within: '15m',
    refusal: 'Too many sign-ins from your network.',
  },
  federation_starts_per_ip: {
    counted: 'sign-ins begun with a provider',
    per: 'IP address',
    times: 60,
    timesPerSite: 180,
    within: '10m',
    refusal: 'Too many sign-ins were begun from your network.',
  },
  registrations_per_ip: {
    counted: 'registrations',
    per: 'IP address',
    times: 20,
    timesPerSite: 60,
    within: '1h',
    refusal: 'Too many registrations from your network.',
  },
  mails_per_address_hourly: {
    counted: 'mails asked for: reset, verify, resend',
    per: 'email address',
    times: 5,
    within: '1h',
    refusal: 'Too many mails were asked for to this address.',
  },
  mails_per_address_daily: {
    counted: 'mails asked for: reset, verify, resend',
    per: 'email address',
    times: 20,
    within: '1d',
    refusal: 'Too many mails were asked for to this address.',
  },
  reset_mails_per_address: {
    counted: 'links to reset a password that are sent in any case',
    per: 'email address',
    times: 1,
    within: '30m',
    isReserve: true,
    refusal: 'Too many mails were asked for to this address.',
  },
  mails_per_known_device: {
    counted: 'links to reset a password, above the limits of the address',
    per: 'email address and device its account was signed in from',
    times: 5,
    within: '1h',
    refusal: 'Too many mails were asked for to this address.',
  },
  mails_per_ip: {
    counted: 'mails asked for: reset, verify, resend',
    per: 'IP address',
    times: 60,
    timesPerSite: 180,
    within: '1h',
    refusal: 'Too many mails were asked for from your network.',
  },
  // Not a refusal that anybody sees: the sign-in goes on without the email.
  new_place_emails: {
    counted: 'emails about a sign-in from a new place',
    per: 'account, or unproven email address',
    times: 5,
    within: '1d',
    refusal: 'Too many emails about new places.',
  },
  username_changes_per_account: {
    counted: 'changes of a username by its owner',
    per: 'account',
    times: 3,
    within: '30d',
    refusal: 'Too many changes of your username.',
  },
  refreshes_per_session: {
    counted: 'refreshes',
    per: 'session',
    times: 60,
    within: '1m',
    refusal: 'Too many refreshes of this session.',
  },
} as const satisfies Record<string, Limit>;

export type LimitName = keyof typeof LIMITS;

/** Limits of an IP address, with a larger one of the /48 around it. */
export type NetworkLimitName = {
  [Name in LimitName]: (typeof LIMITS)[Name] extends { timesPerSite: number } ? Name : never;
}[LimitName];

/**
 * After so many wrong passwords in a row the password no longer works there: on one known device, or on all
 * that are not known. A new one works again (NIST SP 800-63B-4 section 3.2.2). Not multiplied.
 */
export const MAX_CONSECUTIVE_FAILURES = 100;
