import type { VNode } from 'preact';
import { Button } from './layout.js';

/** What an email says, from the data that it is about. */
export interface EmailTemplate<Data> {
  subject: string | ((data: Data) => string);
  body: (data: Data) => VNode;
}

const template = <Data,>(subject: string, body: (data: Data) => VNode): EmailTemplate<Data> => ({
  subject,
  body,
});

const Hello = ({ username }: { username: string }) => <p>Hello {username},</p>;

/** For an account whose username was its address. Emails that version 0.1 queued have no name at all. */
const NewUsername = ({ name }: { name: string | null | undefined }) =>
  !name ? null : (
    <p>
      Your username was the old address. It is now {name}: sign in with that, or with the new
      address.
    </p>
  );

const IfItWasNotYou = ({ resetLink }: { resetLink: string }) => (
  <p>
    If it was not you, <a href={resetLink}>choose a new password</a> now: that ends every session of
    the account, and every connected sign-in that you do not keep.
  </p>
);

/** Who somebody is at a provider, and the way back when it was not them. */
interface FederatedEmail {
  username: string;
  label: string;
  knownAs: string;
  resetLink: string;
}

/** Every mail there is. Text and HTML are made from the same body. */
export const EMAILS = {
  verify_email: template<{ username: string; link: string }>(
    'Confirm your email address',
    (email) => (
      <>
        <Hello username={email.username} />
        <p>please confirm that this is your email address:</p>
        <Button href={email.link}>Confirm the address</Button>
        <p>
          The link works once, within 24 hours. If you did not open an account, ignore this mail:
          without your confirmation the address is not theirs.
        </p>
      </>
    ),
  ),
  address_in_use: template<{ username: string; resetLink: string }>(
    'Somebody tried to use your email address',
    (email) => (
      <>
        <Hello username={email.username} />
        <p>
          somebody tried to open an account with your email address, or to move one to it. It is
          yours and stays yours; nothing has changed.
        </p>
        <p>
          If it was you: you have an account already, and sign in as {email.username}. If you do not
          know the password any more, <a href={email.resetLink}>choose a new one</a>.
        </p>
      </>
    ),
  ),
  change_email: template<{ username: string; link: string }>(
    'Confirm your new email address',
    (email) => (
      <>
        <Hello username={email.username} />
        <p>please confirm that this is to be the email address of your account from now on:</p>
        <Button href={email.link}>Use this address</Button>
        <p>
          The link works once, within 24 hours. Until then the old address stays. If you did not ask
          for this, ignore this mail.
        </p>
      </>
    ),
  ),
  email_changed: template<{
    username: string;
    newUsername: string | null;
    newEmail: string;
    link: string;
  }>('Your email address was changed', (email) => (
    <>
      <Hello username={email.username} />
      <p>the email address of your account is now {email.newEmail}.</p>
      <NewUsername name={email.newUsername} />
      <p>
        If it was not you, take the change back within 7 days. That restores this address, ends all
        sessions and all connected sign-ins that you do not keep, and sends you a link to choose a
        new password. Anyone who reads this mailbox can do so until then.
      </p>
      <Button href={email.link}>Take the change back</Button>
    </>
  )),
  email_changed_by_administrator: template<{
    username: string;
    newUsername: string | null;
    newEmail: string;
  }>('Your email address was changed', (email) => (
    <>
      <Hello username={email.username} />
      <p>
        an administrator changed the email address of your account to {email.newEmail}. If that is
        not right, tell them.
      </p>
      <NewUsername name={email.newUsername} />
    </>
  )),
  refresh_token_reused: template<{
    username: string;
    device: string;
    ip: string;
    resetLink: string;
  }>('A session of your account was ended', (email) => (
    <>
      <Hello username={email.username} />
      <p>
        a session on {email.device} was ended, because a used key to it came a second time, from the
        IP address {email.ip}. Somebody may have copied it.
      </p>
      <IfItWasNotYou resetLink={email.resetLink} />
    </>
  )),
  email_verified: template<{ username: string; oldUsername: string | null; resetLink: string }>(
    'Your email address is confirmed',
    (email) => (
      <>
        <Hello username={email.username} />
        <p>
          this address now belongs to your account. Mails about your account come here, and you can
          sign in with it.
        </p>
        {email.oldUsername && <NewUsername name={email.username} />}
        <IfItWasNotYou resetLink={email.resetLink} />
      </>
    ),
  ),
  invitation: template<{ username: string; link: string; resetLink: string }>(
    'Choose your password',
    (email) => (
      <>
        <Hello username={email.username} />
        <p>
          an administrator added an account for you. Sign in as {email.username}. First choose a
          password:
        </p>
        <Button href={email.link}>Choose your password</Button>
        <p>
          The link works once, within 7 days, and confirms this email address. Later you can{' '}
          <a href={email.resetLink}>ask for another link</a>.
        </p>
        <p>If you did not expect an account, ignore this email.</p>
      </>
    ),
  ),
  username_changed: template<{
    username: string;
    oldUsername: string;
    isByOwner: boolean;
    resetLink: string;
  }>('Your username was changed', (email) => (
    <>
      <Hello username={email.username} />
      <p>
        the username of your account was {email.oldUsername}. It is now {email.username}, and you
        sign in with it or with your email address.
      </p>
      {!email.isByOwner && (
        <p>
          The old one is an email address that another account has confirmed. You can choose another
          username on your profile.
        </p>
      )}
      <IfItWasNotYou resetLink={email.resetLink} />
    </>
  )),
  reset_password: template<{ accounts: { username: string; link: string }[]; olderOnes: number }>(
    'Choose a new password',
    (email) => (
      <>
        <p>Hello,</p>
        <p>a new password was asked for. Choose one here:</p>
        {email.accounts.map(({ username, link }) => (
          <>
            <p>For the account {username}:</p>
            <Button href={link}>Choose a new password</Button>
          </>
        ))}
        {email.olderOnes > 0 && (
          <p>
            These are the newest accounts with this address. There are {email.olderOnes} older ones
            that nobody has confirmed. If yours is one of them, ask an administrator.
          </p>
        )}
        <p>
          Each link works once, within 30 minutes. It ends all sessions of the account, and every
          connected sign-in that you do not keep. If you did not ask for it, ignore this email:
          nothing changes.
        </p>
      </>
    ),
  ),
  password_changed: template<{ username: string; when: string; resetLink: string }>(
    'Your password was changed',
    (email) => (
      <>
        <Hello username={email.username} />
        <p>the password of your account was changed on {email.when}. Other sessions were ended.</p>
        <IfItWasNotYou resetLink={email.resetLink} />
      </>
    ),
  ),
  password_disabled: template<{
    username: string;
    failures: number;
    isForStrangers?: boolean;
    resetLink: string;
  }>('Your password works in fewer places now', (email) => (
    <>
      <Hello username={email.username} />
      {/* Version 0.1 knew no other failures, and its emails do not name theirs. */}
      {(email.isForStrangers ?? true) ? (
        <p>
          wrong passwords were entered for your account {email.failures} times in a row, in browsers
          and networks that you have not signed in from. To keep an attacker out, your password no
          longer works in new places. It still works in the browsers and networks that you signed in
          from lately, and your sessions go on.
        </p>
      ) : (
        <p>
          wrong passwords were entered for your account {email.failures} times in a row, in one
          browser, network or session that you signed in from before. Your password no longer works
          there. It still works elsewhere, and your sessions go on.
        </p>
      )}
      <p>A new password works everywhere:</p>
      <Button href={email.resetLink}>Choose a new password</Button>
    </>
  )),
  new_device: template<{
    username: string;
    device: string;
    ip: string;
    when: string;
    resetLink: string;
  }>('A new sign-in to your account', (email) => (
    <>
      <Hello username={email.username} />
      <p>your account was used to sign in from a browser or network that it does not know:</p>
      <ul>
        <li>Device: {email.device}</li>
        <li>IP address: {email.ip}</li>
        <li>Time: {email.when}</li>
      </ul>
      <IfItWasNotYou resetLink={email.resetLink} />
    </>
  )),
  identity_connected: template<FederatedEmail>('A way to sign in was added', (email) => (
    <>
      <Hello username={email.username} />
      <p>
        your account is now connected with {email.label}
        {email.knownAs && `, where you are ${email.knownAs}`}. You can sign in with it.
      </p>
      <IfItWasNotYou resetLink={email.resetLink} />
    </>
  )),
  identity_disconnected: template<FederatedEmail>('A way to sign in was removed', (email) => (
    <>
      <Hello username={email.username} />
      <p>
        your account is no longer connected with {email.label}
        {email.knownAs && `, where you are ${email.knownAs}`}. Nobody can sign in with it any more.
      </p>
      <IfItWasNotYou resetLink={email.resetLink} />
    </>
  )),
  ways_in_removed: template<{ username: string; lost: string[]; resetLink: string }>(
    'Ways to sign in were removed',
    (email) => (
      <>
        <Hello username={email.username} />
        <p>your account was recovered by email. These ways to sign in no longer work:</p>
        <ul>
          {email.lost.map((way) => (
            <li>{way}</li>
          ))}
        </ul>
        <p>You can add them again on your profile.</p>
        <IfItWasNotYou resetLink={email.resetLink} />
      </>
    ),
  ),
  account_deleted: template<{ username: string }>('Your account was deleted', (email) => (
    <>
      <Hello username={email.username} />
      <p>
        your account and what it held were deleted, as you asked. This is the last mail about it.
      </p>
    </>
  )),
} as const;

export type EmailName = keyof typeof EMAILS;

/** The data that a mail is about. */
export type EmailData<Name extends EmailName> = Parameters<(typeof EMAILS)[Name]['body']>[0];
