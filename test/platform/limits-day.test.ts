import { describe, expect, it } from '@jest/globals';
import { newUsername, PASSWORD } from '../support/accounts.js';
import { moveClock } from '../support/clock.js';
import { each, from, limitedApp, MINUTE, newIp, WRONG } from '../support/limits.js';
import { tokenIn } from '../support/smtp.js';

const RESET = 'Choose a new password';
const NEW_PASSWORD = 'a brand new passphrase';
/** What strangers can have sent to an address. */
const BY_STRANGERS = new Set([
  RESET,
  'Confirm your email address',
  'Somebody tried to use your email address',
]);

/** A counter of wrong passwords begins anew after that time: more guesses than so cannot be had of it. */
const STEP = 15.5 * MINUTE;
/** Almost an hour. */
const STEPS_IN_A_ROUND = 4;
/** Almost a day. */
const ROUNDS = 23;

/** From where a stranger comes: one address, or one customer's /48 of IPv6, with a network for each request. */
const STRANGERS: [string, () => () => string][] = [
  [
    'one IPv4 address',
    () => {
      const ip = newIp();
      return () => ip;
    },
  ],
  [
    'one /48 with many /64s',
    () => {
      let network = 0;
      return () => `2001:db8:beef:${(++network).toString(16)}::1`;
    },
  ],
];

describe.each(STRANGERS)('a stranger who spends a day on one account, from %s,', (_, come) => {
  const limited = limitedApp();

  it('keeps its owner out of no place they signed in from, and has a working link in their mailbox at any time [A25] [A54] [ASVS 6.1.1]', async () => {
    const { app, newAccount, login, browse, events } = limited;
    const [address, home] = [come(), newIp()];
    const { username, email, id } = await newAccount();
    const post = (path: string, body: object, ip: string, token?: string) =>
      (token ? app.http.as(token) : app.http).post(path, body, from(ip));
    const proof = { token: tokenIn(await limited.smtp.next(email)) };
    expect((await post('/api/account/email/verify', proof, home)).status).toBe(204);

    // Where the owner is known: a network, and a browser that moves from network to network.
    expect((await login(username, PASSWORD, home)).status).toBe(200);
    const enter = (cookies: string, ip = newIp()) =>
      browse('/accounts/login', { username, password: PASSWORD }, ip, cookies);
    const browser = (await enter('')).headers
      .getSetCookie()
      .find((cookie) => cookie.startsWith('gatehouse-browser='))!
      .split(';')[0]!;

    const askForReset = (ip: string) => post('/api/account/password/reset', { email }, ip);
    const confirm = (token: string, newPassword: string, ip = newIp()) =>
      post('/api/account/password/reset/confirm', { token, newPassword }, ip);
    const arrived = () => limited.smtp.mails.filter((mail) => mail.recipients.includes(email));
    const newestLink = async () => {
      await app.database.settled();
      return tokenIn(arrived().findLast(({ subject }) => subject === RESET)!);
    };
    /** A link that is good is refused for the password alone, and stays as it is. */
    const expectGoodLink = async () =>
      expect((await confirm(await newestLink(), 'short')).status).toBe(422);

    const attack = async () => {
      // One more would begin a longer pause.
      await each(5, (i) => login(i < 3 ? username : email, WRONG, address()));
      const answers = await each(2, () => askForReset(address()));
      const claimant = { username: newUsername(), password: PASSWORD };
      await post('/api/auth/register', { ...claimant, email }, address());
      const ip = address();
      answers.push(await post('/api/auth/verification', claimant, ip));
      const { body } = await post('/api/auth/login', claimant, ip);
      const path = '/api/account/email/verify/resend';
      if (body.accessToken) answers.push(await post(path, {}, ip, body.accessToken as string));
      // Only what is limited for the stranger's own network is refused.
      for (const { status, text } of answers) {
        if (status !== 202) expect(text).toContain('from your network');
      }
    };

    moveClock(0);
    for (let round = 0; round < ROUNDS; round++) {
      for (let step = 0; step < STEPS_IN_A_ROUND; step++) {
        await attack();
        // In an unknown place the link is on its way, or in the mailbox already.
        expect((await askForReset(newIp())).status).toBe(202);
        await expectGoodLink();
        moveClock(STEP);
      }
      await attack();
      expect((await login(username, PASSWORD, home)).status).toBe(200);
      expect((await enter(browser)).status).toBe(303);
      // Where the owner is known, a link is sent in any case.
      await app.database.settled();
      const before = arrived().length;
      expect((await askForReset(home)).status).toBe(202);
      await expectGoodLink();
      expect(arrived().length).toBe(before + 1);
    }

    const ofStrangers = arrived().filter(({ subject }) => BY_STRANGERS.has(subject));
    expect(ofStrangers.length - ROUNDS).toBeLessThanOrEqual(20 + 48);
    const failures = await events('user.sign_in_failed', id);
    expect(failures.filter(({ reason }) => reason === 'wrong_password')).toHaveLength(100);
    expect(await events('user.password_disabled', id)).toMatchObject([{ reason: 'new_devices' }]);

    // The stranger's own network is used up. A known browser gets in there, and the right password nowhere new.
    expect((await enter(browser, address())).status).toBe(303);
    moveClock(2 * STEP);
    expect((await login(username, PASSWORD)).status).toBe(401);
    await askForReset(newIp());
    expect((await confirm(await newestLink(), NEW_PASSWORD)).status).toBe(204);
    expect((await login(username, NEW_PASSWORD)).status).toBe(200);
  }, 300_000);
});
