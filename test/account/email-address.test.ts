import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import {
  issueToken,
  newSession,
  newUsername,
  PASSWORD,
  register,
  signIn,
} from '../support/accounts.js';
import { superuserSession } from '../support/administrators.js';
import { PUBLIC_URL, startApp, type TestApp } from '../support/app.js';
import { moveClock, resetClock } from '../support/clock.js';
import { countHashes } from '../support/hash-counter.js';
import { problem } from '../support/http.js';
import { eventually } from '../support/process.js';
import { linkIn, type EmailServer, startEmailServer, tokenIn } from '../support/smtp.js';
import { Visitor } from '../support/visitor.js';

const VERIFY = 'Confirm your email address';
const CHANGE = 'Confirm your new email address';
const IN_USE = 'Somebody tried to use your email address';
const VERIFIED = 'Your email address is confirmed';
const CHANGED = 'Your email address was changed';
const RESET = 'Choose a new password';
const HOUR = 3_600_000;

describe('email addresses', () => {
  let smtp: EmailServer;
  let app: TestApp;
  beforeAll(async () => {
    smtp = await startEmailServer();
    app = await startApp({ SMTP_URL: smtp.url });
  });
  afterEach(resetClock);
  afterAll(async () => {
    await app.close();
    await smtp.close();
  });

  /** Of a caller who is not signed in: the password shows that the account is theirs. */
  const verify = (token: unknown) =>
    app.http.post('/api/account/email/verify', { token, password: PASSWORD });
  const verifyIn = (session: { http: TestApp['http'] }, token: string) =>
    session.http.post('/api/account/email/verify', { token });
  const addressOf = async (id: string) => {
    const [row] = await app.database.sql<{ email: string; verified: boolean }>(
      'SELECT email, email_verified_at IS NOT NULL AS verified FROM users WHERE id = $1',
      [id],
    );
    return row;
  };
  /** A new account that is signed in, with its address proven. */
  const newOwner = async () => {
    const session = await newSession(app.http);
    const token = tokenIn(await smtp.next(session.user.email, VERIFY));
    expect((await verifyIn(session, token)).status).toBe(204);
    await smtp.next(session.user.email, VERIFIED);
    return session;
  };
  const change = (session: { http: TestApp['http'] }, newEmail: string) =>
    session.http.post('/api/account/email/change', { newEmail, currentPassword: PASSWORD });
  const expectDead = async (token: string) => {
    const before = await app.database.fingerprint();
    const answer = await verify(token);
    expect({ status: answer.status, code: problem(answer).code }).toEqual({
      status: 400,
      code: 'invalid_link',
    });
    expect(await app.database.fingerprint()).toBe(before);
  };

  it('are proven by the link that registration sends, once [A49]', async () => {
    const session = await newSession(app.http);
    const { http, user } = session;
    const mail = await smtp.next(user.email, VERIFY);
    expect(mail).toMatchObject({
      from: 'no-reply@localhost',
      to: user.email,
      recipients: [user.email],
      text: expect.stringContaining(`Hello ${user.username}`),
    });
    expect(linkIn(mail).href).toMatch(`${PUBLIC_URL}/accounts/email/verify?token=`);
    const token = tokenIn(mail);
    expect((await http.get('/api/users/me')).body.emailVerified).toBe(false);
    expect((await verifyIn(session, token)).status).toBe(204);
    expect((await http.get('/api/users/me')).body.emailVerified).toBe(true);
    await expectDead(token);
    expect((await signIn(app.http, user.email)).user.id).toBe(user.id);
  });

  it('are proven by exactly one of twenty requests at once [A49] [ASVS 2.3.4]', async () => {
    for (let round = 0; round < 5; round++) {
      const { email } = await register(app.http);
      const token = tokenIn(await smtp.next(email, VERIFY));
      const answers = await Promise.all(Array.from({ length: 20 }, () => verify(token)));
      expect(answers.filter(({ status }) => status === 204)).toHaveLength(1);
      expect(answers.filter(({ status }) => status === 400)).toHaveLength(19);
    }
  });

  it('are not proven by a token that is empty, of another kind, unknown or old [A48] [ASVS 2.3.1]', async () => {
    const before = await app.database.fingerprint();
    for (const token of [undefined, null, '', 1, [], ['x'], {}, true, 'x'.repeat(300)]) {
      expect((await verify(token)).status).toBe(422);
    }
    for (const token of ['x', '%00', 'a\u0000b', 'A'.repeat(43)]) {
      expect((await verify(token)).status).toBe(400);
    }
    expect(await app.database.fingerprint()).toBe(before);

    const { http, user } = await newSession(app.http);
    const first = tokenIn(await smtp.next(user.email, VERIFY));
    expect((await http.post('/api/account/email/verify/resend')).status).toBe(202);
    expect(tokenIn(await smtp.next(user.email, VERIFY))).toBe(first);
    moveClock(13 * HOUR);
    const { accessToken } = await signIn(app.http, user.username);
    await app.http.as(accessToken).post('/api/account/email/verify/resend');
    const second = tokenIn(await smtp.next(user.email, VERIFY));
    expect(second).not.toBe(first);
    moveClock(11 * HOUR + 1_000);
    await expectDead(first);
    moveClock(13 * HOUR);
    await expectDead(second);
  });

  it('are not told apart by registration, whether they are free, claimed or proven [A02] [ASVS 6.3.8]', async () => {
    const owner = await newOwner();
    const claimed = await register(app.http);
    const answers = [];
    for (const email of ['free@example.com', claimed.email, owner.user.email]) {
      const hashes = countHashes(app.nest);
      const username = newUsername();
      const { status, headers, body } = await app.http.post('/api/auth/register', {
        username,
        email,
        password: PASSWORD,
      });
      answers.push({
        status,
        headers: [...headers.keys()].filter((name) => name !== 'date'),
        body: Object.keys(body),
        verified: body.emailVerified,
        hashes: hashes.count,
      });
    }
    expect(answers[1]).toEqual(answers[0]);
    expect(answers[2]).toEqual(answers[0]);
    const notice = await smtp.next(owner.user.email, IN_USE);
    expect(notice.text).toContain(`sign in as ${owner.username}`);
    await smtp.next('free@example.com', VERIFY);
    await smtp.next(claimed.email, VERIFY);
    expect(smtp.unread(owner.user.email)).toEqual([]);
  });

  it('belong to whoever proves them: claims of others end, and what they could do with them [A51]', async () => {
    const mallory = await newSession(app.http);
    const email = `${newUsername()}@example.com`;
    // Prepared with the victim's address: a claim, a pending change, a reset that was asked for.
    const prepared = await register(app.http, { email });
    const preparedProof = tokenIn(await smtp.next(email, VERIFY));
    const shouted = email.replace('user', 'USER');
    await change(mallory, shouted);
    const pendingProof = tokenIn(await smtp.next(shouted, CHANGE));
    await app.http.post('/api/account/password/reset', { email });
    const reset = tokenIn(await smtp.next(email, RESET));

    const victim = await register(app.http, { email });
    const proof = tokenIn(await smtp.next(email, VERIFY));
    expect((await verify(proof)).status).toBe(204);

    expect(await addressOf(victim.id)).toEqual({ email, verified: true });
    expect(await addressOf(prepared.id)).toEqual({ email: '', verified: false });
    expect(await addressOf(mallory.user.id)).toEqual({
      email: mallory.user.email,
      verified: false,
    });
    for (const token of [preparedProof, pendingProof]) await expectDead(token);
    const confirm = { token: reset, newPassword: 'a brand new passphrase' };
    expect((await app.http.post('/api/account/password/reset/confirm', confirm)).status).toBe(400);
    expect((await signIn(app.http, email)).user.id).toBe(victim.id);
    // Without an address there is nothing to send, and nothing to prove.
    const { accessToken } = await signIn(app.http, prepared.username);
    await app.http.as(accessToken).post('/api/account/email/verify/resend');
    await change(mallory, email);
    await smtp.next(email, IN_USE);
    expect((await app.http.as(accessToken).get('/api/users/me')).body.email).toBe('');
  });

  it('are proven by one of two accounts that try at once', async () => {
    for (let round = 0; round < 5; round++) {
      const email = `${newUsername()}@example.com`;
      const tokens = [];
      for (let i = 0; i < 2; i++) {
        await register(app.http, { email });
        tokens.push(tokenIn(await smtp.next(email, VERIFY)));
      }
      const answers = await Promise.all(tokens.map(verify));
      expect(answers.map(({ status }) => String(status)).toSorted()).toEqual(['204', '400']);
      const owners = await app.database.sql(
        'SELECT id FROM users WHERE email = $1 AND email_verified_at IS NOT NULL',
        [email],
      );
      expect(owners).toHaveLength(1);
    }
  });

  it('change when the new one is proven, not before, and the old one hears of it [A51] [ASVS 2.3.1, 6.3.7]', async () => {
    const session = await newOwner();
    const newEmail = `${newUsername()}@example.org`;
    const wrong = await session.http.post('/api/account/email/change', {
      newEmail,
      currentPassword: 'not my password',
    });
    expect(problem(wrong).errors[0]!.code).toBe('password_incorrect');
    expect((await change(session, newEmail)).status).toBe(202);
    const token = tokenIn(await smtp.next(newEmail, CHANGE));
    expect(await addressOf(session.user.id)).toEqual({ email: session.user.email, verified: true });
    expect((await verify(token)).status).toBe(204);
    expect(await addressOf(session.user.id)).toEqual({ email: newEmail, verified: true });
    const notice = await smtp.next(session.user.email, CHANGED);
    expect(notice.text).toContain(newEmail);
    await smtp.next(newEmail, VERIFIED);
    expect((await session.http.get('/api/users/me')).body.email).toBe(newEmail);
  });

  it('do not change to themselves in another spelling, and say so instead of promising an email', async () => {
    const session = await newOwner();
    const { id, email, username } = session.user;
    const domain = 'b\u00fccher.example';
    const moved = `${username}@${domain}`;
    const spellings = [email, email.toUpperCase(), email[0]!.toUpperCase() + email.slice(1)];
    const refused = async (newEmail: string) => {
      const answer = problem(await change(session, newEmail));
      const [{ field, code } = { field: '', code: '' }] = answer.errors;
      expect({ newEmail, status: answer.status, field, code }).toEqual({
        newEmail,
        status: 422,
        field: 'newEmail',
        code: 'own_address',
      });
    };
    for (const newEmail of spellings) await refused(newEmail);
    await app.database.sql('UPDATE users SET email = $1, email_key = $2 WHERE id = $3', [
      moved,
      `${username}@xn--bcher-kva.example`,
      id,
    ]);
    for (const host of [
      domain,
      'xn--bcher-kva.example',
      'XN--BCHER-KVA.example',
      'B\u00dcCHER.Example',
    ]) {
      await refused(`${username}@${host}`);
    }
    // On the page it stands at the field, and nothing promises an email.
    const visitor = new Visitor(app.http);
    await visitor.post('/accounts/login', { username, password: PASSWORD });
    const fields = { email: moved, currentPassword: PASSWORD };
    const { status, text } = await visitor.post('/accounts/email/change', fields);
    expect(status).toBe(422);
    expect(text).toContain('This is already the email address of your account');
  });

  describe('that are usernames', () => {
    const newAddress = () => `${newUsername()}@example.org`;
    /** An account that is signed in, whose username is its address, which is proven. */
    const newNamesake = async (email = newAddress()) => {
      const user = await register(app.http, { username: email, email });
      const tokens = await signIn(app.http, email);
      const session = { user, http: app.http.as(tokens.accessToken) };
      expect((await verifyIn(session, tokenIn(await smtp.next(email, VERIFY)))).status).toBe(204);
      await smtp.next(email, VERIFIED);
      return session;
    };
    const move = async (session: { http: TestApp['http'] }, to: string) => {
      expect((await change(session, to)).status).toBe(202);
      expect((await verify(tokenIn(await smtp.next(to, CHANGE)))).status).toBe(204);
    };
    const usernameOf = async ({ http }: { http: TestApp['http'] }) =>
      (await http.get<{ username: string }>('/api/auth/session')).body.username;
    const foreign = async () => {
      const rows = await app.database.sql<{ username: string }>(
        `SELECT username FROM users WHERE username LIKE '%@%' AND username_key <> email_key`,
      );
      return rows.map(({ username }) => username);
    };

    it('move along when the address changes, and both addresses are told', async () => {
      const session = await newNamesake();
      const [before, after] = [session.user.email, newAddress()];
      await move(session, after);
      expect(await usernameOf(session)).toBe(after);
      expect((await session.http.get('/api/users/me')).body).toMatchObject({
        username: after,
        email: after,
      });
      expect((await signIn(app.http, after)).user.id).toBe(session.user.id);
      expect((await smtp.next(before, CHANGED)).text).toContain(`It is now ${after}`);
      expect((await smtp.next(after, VERIFIED)).text).toContain(`It is now ${after}`);
      // The old one is free for whoever proves it.
      const other = await newNamesake(before);
      expect((await signIn(app.http, before)).user.id).toBe(other.user.id);
      expect((await signIn(app.http, after)).user.id).toBe(session.user.id);
      expect(await foreign()).toEqual([]);
    });

    it('move back with an undo, also from an account that has taken the old one', async () => {
      const session = await newNamesake();
      const before = session.user.email;
      await move(session, newAddress());
      const undo = tokenIn(await smtp.next(before, CHANGED));
      const squatter = await register(app.http, { username: before, email: before });
      const squatting = app.http.as((await signIn(app.http, before)).accessToken);
      expect((await app.http.post('/api/account/email/undo', { token: undo })).status).toBe(204);
      const rows = await app.database.sql('SELECT username, email FROM users WHERE id = $1', [
        session.user.id,
      ]);
      expect(rows).toEqual([{ username: before, email: before }]);
      const { body } = await squatting.get<{ id: string; username: string; email: string }>(
        '/api/users/me',
      );
      expect(body).toMatchObject({ id: squatter.id, email: '' });
      expect(body.username).toMatch(/^user\d{4,}$/);
      expect(await foreign()).toEqual([]);
    });

    it('end where another account proves the address, and its holder keeps a username', async () => {
      const email = newAddress();
      const squatter = await register(app.http, { username: email, email });
      const owner = await newOwner();
      await move(owner, email);
      expect((await signIn(app.http, email)).user.id).toBe(owner.user.id);
      const [row] = await app.database.sql<{ username: string }>(
        'SELECT username FROM users WHERE id = $1',
        [squatter.id],
      );
      expect(row!.username).not.toContain('@');
      // A username that is no address stays.
      expect(await usernameOf(owner)).toBe(owner.username);
      expect(await foreign()).toEqual([]);
    });

    it('become the part before the @ where the new address cannot be a username, and say so', async () => {
      const session = await newNamesake();
      const name = newUsername();
      const after = `${name}!x@example.org`;
      await move(session, after);
      const username = await usernameOf(session);
      expect(username).toMatch(new RegExp(`^${name}x\\d*$`));
      expect((await smtp.next(after, VERIFIED)).text).toContain(`It is now ${username}`);
      for (const known of [username, after]) {
        expect((await signIn(app.http, known)).user.id).toBe(session.user.id);
      }
    });

    it('move along when an administrator changes the address, and refuse what another account has', async () => {
      const boss = await superuserSession(app);
      const session = await newNamesake();
      const [before, after] = [session.user.email, newAddress()];
      const path = `/api/users/${session.user.id}`;
      const changed = await boss.http.patch(path, { username: before, email: after });
      expect(changed.body).toMatchObject({ username: after, email: after });
      expect((await smtp.next(before, CHANGED)).text).toContain(`It is now ${after}`);
      expect(await usernameOf(session)).toBe(after);
      const taken = await newNamesake();
      const refused = await boss.http.patch(path, { email: taken.user.email });
      expect(problem(refused).code).toBe('username_taken');
      const unfit = await boss.http.patch(path, { email: `a!b@example.org` });
      expect(problem(unfit).errors).toMatchObject([
        { field: 'username', code: 'username_is_foreign_address' },
      ]);
      const named = { username: newUsername(), email: `a!b@example.org` };
      expect((await boss.http.patch(path, named)).body).toMatchObject(named);
    });

    it('go to one account when several prove one address at once', async () => {
      const target = newAddress();
      const sessions = await Promise.all(Array.from({ length: 4 }, () => newNamesake()));
      for (const session of sessions) await change(session, target);
      const tokens: string[] = [];
      for (const _ of sessions) tokens.push(tokenIn(await smtp.next(target, CHANGE)));
      const answers = await Promise.all(tokens.map(verify));
      expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([
        204, 400, 400, 400,
      ]);
      const names = await Promise.all(sessions.map(usernameOf));
      expect(names.filter((name) => name === target)).toHaveLength(1);
      expect(await foreign()).toEqual([]);
    });
  });

  it('change back within seven days, with everything a thief has ended', async () => {
    const session = await newOwner();
    const oldEmail = session.user.email;
    const move = async (to: string) => {
      await change(session, to);
      expect((await verify(tokenIn(await smtp.next(to, CHANGE)))).status).toBe(204);
    };
    // A thief moves on twice: that must not take the way back away.
    await move(`${newUsername()}@evil.example`);
    const undo = tokenIn(await smtp.next(oldEmail, CHANGED));
    const second = `${newUsername()}@evil.example`;
    await move(second);
    moveClock(7 * 24 * HOUR - 60_000);
    await app.http.post('/api/account/password/reset', { email: second });
    const thiefsReset = tokenIn(await smtp.next(second, RESET));

    expect((await app.http.post('/api/account/email/undo', { token: undo })).status).toBe(204);
    expect(await addressOf(session.user.id)).toEqual({ email: oldEmail, verified: true });
    expect((await session.http.get('/api/users/me')).status).toBe(401);
    const credentials = { username: session.username, password: PASSWORD };
    expect((await app.http.post('/api/auth/login', credentials)).status).toBe(401);
    const newPassword = 'a brand new passphrase';
    const confirm = (token: string) =>
      app.http.post('/api/account/password/reset/confirm', { token, newPassword });
    expect((await confirm(thiefsReset)).status).toBe(400);
    const again = await app.http.post('/api/account/email/undo', { token: undo });
    expect(problem(again).code).toBe('invalid_link');
    expect((await confirm(tokenIn(await smtp.next(oldEmail, RESET)))).status).toBe(204);
    expect((await signIn(app.http, oldEmail, newPassword)).user.id).toBe(session.user.id);
  });

  it('change back no later than that, and never to one that was not proven', async () => {
    const session = await newOwner();
    const newEmail = `${newUsername()}@example.org`;
    await change(session, newEmail);
    await verify(tokenIn(await smtp.next(newEmail, CHANGE)));
    const undo = tokenIn(await smtp.next(session.user.email, CHANGED));
    moveClock(7 * 24 * HOUR + 60_000);
    expect((await app.http.post('/api/account/email/undo', { token: undo })).status).toBe(400);
    resetClock();

    // A slip of the pen at registration: its mailbox is a stranger's.
    const mistaken = await newSession(app.http);
    await smtp.next(mistaken.user.email, VERIFY);
    const right = `${newUsername()}@example.org`;
    await change(mistaken, right);
    await verify(tokenIn(await smtp.next(right, CHANGE)));
    await smtp.next(right, VERIFIED);
    expect(smtp.unread(mistaken.user.email)).toEqual([]);
  });

  it('do not follow a thief who is shut out: by a password reset, a change, an undo, or a restoration', async () => {
    const newPassword = 'a brand new passphrase';
    const askForMove = async (session: Awaited<ReturnType<typeof newOwner>>) => {
      const evil = `${newUsername()}@evil.example`;
      await change(session, evil);
      return { evil, token: tokenIn(await smtp.next(evil, CHANGE)) };
    };
    const resetBy = async (email: string) => {
      await app.http.post('/api/account/password/reset', { email });
      const token = tokenIn(await smtp.next(email, RESET));
      return app.http.post('/api/account/password/reset/confirm', { token, newPassword });
    };
    const reset = await newOwner();
    const first = await askForMove(reset);
    expect((await resetBy(reset.user.email)).status).toBe(204);
    await expectDead(first.token);

    const changed = await newOwner();
    const second = await askForMove(changed);
    const passwords = { currentPassword: PASSWORD, newPassword };
    await changed.http.post('/api/account/password/change', passwords);
    await expectDead(second.token);

    // Claimed by a squatter, taken over by who reads mail there.
    const squatter = await newSession(app.http);
    const third = await askForMove(squatter);
    expect((await resetBy(squatter.user.email)).status).toBe(204);
    await expectDead(third.token);

    // Moved away, and moved back by the owner: what the thief's mailbox got is of no use.
    const moved = await newOwner();
    const fourth = await askForMove(moved);
    expect((await verify(fourth.token)).status).toBe(204);
    await smtp.next(moved.user.email, CHANGED);
    await change(moved, moved.user.email);
    expect((await verify(tokenIn(await smtp.next(moved.user.email, CHANGE)))).status).toBe(204);
    await app.database.settled();
    expect(smtp.unread(fourth.evil)).not.toContain(CHANGED);
    expect(
      await app.database.sql('SELECT purpose FROM one_time_tokens WHERE user_id = $1', [
        moved.user.id,
      ]),
    ).toEqual([]);
  });

  it('keep the first owner’s way back, however a thief moves to and fro', async () => {
    const session = await newOwner();
    const [one, two] = [`${newUsername()}@evil.example`, `${newUsername()}@evil.example`];
    const move = async (to: string) => {
      await change(session, to);
      expect((await verify(tokenIn(await smtp.next(to, CHANGE)))).status).toBe(204);
    };
    await move(one);
    const undo = tokenIn(await smtp.next(session.user.email, CHANGED));
    await move(two);
    const thiefsUndo = tokenIn(await smtp.next(one, CHANGED));
    await move(one);
    const undone = await app.http.post('/api/account/email/undo', { token: thiefsUndo });
    expect(undone.status).toBe(400);
    expect((await app.http.post('/api/account/email/undo', { token: undo })).status).toBe(204);
    expect(await addressOf(session.user.id)).toEqual({ email: session.user.email, verified: true });
  });

  it('of a deactivated account stay as they are, whatever links it has', async () => {
    const account = await register(app.http);
    const proof = tokenIn(await smtp.next(account.email, VERIFY));
    const undo = await issueToken(app.database, 'undo_email_change', account);
    await app.database.sql('UPDATE users SET is_active = false WHERE id = $1', [account.id]);
    await expectDead(proof);
    expect((await app.http.post('/api/account/email/undo', { token: undo })).status).toBe(400);
    expect(await addressOf(account.id)).toEqual({ email: account.email, verified: false });
  });

  it('are not proven and signed in with at the same moment to a deadlock [ASVS 15.4.3]', async () => {
    for (let round = 0; round < 10; round++) {
      const account = await register(app.http);
      const token = await issueToken(app.database, 'reset_password', account);
      const newPassword = 'a brand new passphrase';
      const credentials = { username: account.username, password: PASSWORD };
      const answers = await Promise.all([
        app.http.post('/api/account/password/reset/confirm', { token, newPassword }),
        ...Array.from({ length: 8 }, () => app.http.post('/api/auth/login', credentials)),
      ]);
      for (const { status } of answers) expect([200, 204, 400, 401]).toContain(status);
    }
  });

  it('are written in no mail that a request could steer: links come from PUBLIC_URL [A44] [ASVS 4.1.3]', async () => {
    const { http, user } = await newSession(app.http);
    const mail = async () => linkIn(await smtp.next(user.email)).origin;
    expect(await mail()).toBe(PUBLIC_URL);
    for (const headers of [
      { host: 'evil.example' },
      { 'x-forwarded-host': 'evil.example', 'x-forwarded-proto': 'https' },
      { forwarded: 'host=evil.example' },
      { 'x-forwarded-prefix': '//evil.example' },
    ]) {
      await http.post('/api/account/email/verify/resend', undefined, headers as never);
      expect(await mail()).toBe(PUBLIC_URL);
      await app.http.post('/api/account/password/reset', { email: user.email }, headers as never);
      expect(await mail()).toBe(PUBLIC_URL);
    }
  });

  it('are one plain address each: lists, names and line breaks are refused everywhere [A47] [ASVS 1.3.3, 1.3.11]', async () => {
    const session = await newSession(app.http);
    await smtp.next(session.user.email, VERIFY);
    const before = await app.database.fingerprint();
    const count = smtp.mails.length;
    for (const email of [
      'a@example.com,b@example.com',
      'a@example.com;b@example.com',
      'a@example.com b@example.com',
      'A <a@example.com>',
      '<a@example.com>',
      'a@example.com\r\nBcc: b@example.com',
      'a@example.com\n',
      '"a b"@example.com',
      '"a@evil.example"@example.com',
      'a@b@example.com',
      'a(comment)@example.com',
      'ａnn@example.com',
      'a@exam\u200bple.com',
      'a\u00add@example.com',
      'a@ex\u00adample.com',
      'a@example\u3002com',
      'a@[127.0.0.1]',
      'a@localhost',
      '@example.com',
      'a\u0000@example.com',
    ]) {
      const answers = [
        await app.http.post('/api/auth/register', {
          username: newUsername(),
          email,
          password: PASSWORD,
        }),
        await change(session, email),
        await app.http.post('/api/account/password/reset', { email }),
      ];
      expect({ email, answers: answers.map(({ status }) => status) }).toEqual({
        email,
        answers: [422, 422, 422],
      });
    }
    expect(await app.database.fingerprint()).toBe(before);
    expect(smtp.mails).toHaveLength(count);
  });

  it('are shown as text in mails, whatever somebody calls themselves [A41] [ASVS 1.2.1]', async () => {
    const session = await newOwner();
    await app.database.sql(
      `UPDATE users SET username = '<b>x</b><img src=//evil.example>' WHERE id = $1`,
      [session.user.id],
    );
    await app.http.post('/api/account/password/reset', { email: session.user.email });
    const { html } = await smtp.next(session.user.email, RESET);
    expect(html).toContain('&lt;b>x&lt;/b>&lt;img src=//evil.example>');
    expect(html).not.toContain('<img');
  });

  it('are erased with the account, whose owner gets a last mail', async () => {
    const session = await newOwner();
    await session.http.delete('/api/users/me', { currentPassword: PASSWORD });
    await smtp.next(session.user.email, 'Your account was deleted');
    await eventually(
      async () => (await app.database.sql('SELECT id FROM mails')).length === 0,
      'nothing is left of it',
    );
    expect(await addressOf(session.user.id)).toBeUndefined();
    const left = await app.database.sql(
      `SELECT payload FROM gatehouse_jobs._private_jobs WHERE payload::text LIKE '%' || $1 || '%'`,
      [session.user.email],
    );
    expect(left).toEqual([]);
  });
});

describe('EMAIL_VERIFICATION', () => {
  let smtp: EmailServer;
  beforeAll(async () => {
    smtp = await startEmailServer();
  });
  afterAll(() => smtp.close());

  it('mandatory keeps everybody out until the address is proven, and says so after the right password only', async () => {
    const app = await startApp({ SMTP_URL: smtp.url, EMAIL_VERIFICATION: 'mandatory' });
    try {
      const { username, email } = await register(app.http);
      await smtp.next(email, VERIFY);
      const login = (password: string) => app.http.post('/api/auth/login', { username, password });
      const resend = (password: string) =>
        app.http.post('/api/auth/verification', { username, password });
      const blocked = await login(PASSWORD);
      expect({ status: blocked.status, code: problem(blocked).code }).toEqual({
        status: 403,
        code: 'email_not_verified',
      });
      for (const answer of [await login('wrong password'), await resend('wrong password')]) {
        expect(problem(answer).code).toBe('invalid_credentials');
      }
      const unknown = { username: 'nobody', password: PASSWORD };
      const hashes = countHashes(app.nest);
      expect((await app.http.post('/api/auth/verification', unknown)).status).toBe(401);
      expect(hashes.count).toBe(1);
      expect(smtp.unread(email)).toEqual([]);
      expect((await resend(PASSWORD)).status).toBe(202);
      const token = tokenIn(await smtp.next(email, VERIFY));
      const wrong = { token, password: 'wrong password' };
      const refused = await app.http.post('/api/account/email/verify', wrong);
      expect(problem(refused).code).toBe('invalid_credentials');
      const right = { token, password: PASSWORD };
      expect((await app.http.post('/api/account/email/verify', right)).status).toBe(204);
      expect((await login(PASSWORD)).status).toBe(200);
      await smtp.next(email, VERIFIED);
      expect((await resend(PASSWORD)).status).toBe(202);
      await app.http.post('/api/account/password/reset', { email });
      await smtp.next(email, RESET);
      expect(smtp.unread(email)).toEqual([]);
    } finally {
      await app.close();
    }
  });

  it('none asks nobody', async () => {
    const app = await startApp({ SMTP_URL: smtp.url, EMAIL_VERIFICATION: 'none' });
    try {
      const { email } = await register(app.http);
      await app.http.post('/api/account/password/reset', { email });
      await smtp.next(email, RESET);
      expect(smtp.unread(email)).toEqual([]);
    } finally {
      await app.close();
    }
  });
});
