import type { VNode } from 'preact';
import { Button } from './layout.js';

/** What a mail says: its subject, and its body from the data it is about. */
export interface MailTemplate<Data> {
  subject: string;
  body: (data: Data) => VNode;
}

const template = <Data,>(subject: string, body: (data: Data) => VNode): MailTemplate<Data> => ({
  subject,
  body,
});

const Hello = ({ username }: { username: string }) => <p>Hello {username},</p>;

/** For an account whose username was its address. */
const NewUsername = ({ name }: { name: string | null }) =>
  name === null ? null : (
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
interface FederatedMail {
  username: string;
  label: string;
  knownAs: string;
  resetLink: string;
}

/** Every mail there is. Text and HTML are made from the same body. */
export const MAILS = {
  verify_email: template<{ username: string; link: string }>(
    'Confirm your email address',
    (mail) => (
      <>
        <Hello username={mail.username} />
        <p>please confirm that this is your email address:</p>
        <Button href={mail.link}>Confirm the address</Button>
        <p>
          The link works once, within 24 hours. If you did not open an account, ignore this mail:
          without your confirmation the address is not theirs.
        </p>
      </>
    ),
  ),
  address_in_use: template<{ username: string; resetLink: string }>(
    'Somebody tried to use your email address',
    (mail) => (
      <>
        <Hello username={mail.username} />
        <p>
          somebody tried to open an account with your email address, or to move one to it. It is
          yours and stays yours; nothing has changed.
        </p>
        <p>
          If it was you: you have an account already, with the username {mail.username}. If you do
          not know the password any more, <a href={mail.resetLink}>choose a new one</a>.
        </p>
      </>
    ),
  ),
  change_email: template<{ username: string; link: string }>(
    'Confirm your new email address',
    (mail) => (
      <>
        <Hello username={mail.username} />
        <p>please confirm that this is to be the email address of your account from now on:</p>
        <Button href={mail.link}>Use this address</Button>
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
  }>('Your email address was changed', (mail) => (
    <>
      <Hello username={mail.username} />
      <p>the email address of your account is now {mail.newEmail}.</p>
      <NewUsername name={mail.newUsername} />
      <p>
        If it was not you, take the change back within 7 days. That restores this address, ends all
        sessions and all connected sign-ins that you do not keep, and sends you a link to choose a
        new password. Anyone who reads this mailbox can do so until then.
      </p>
      <Button href={mail.link}>Take the change back</Button>
    </>
  )),
  email_changed_by_administrator: template<{
    username: string;
    newUsername: string | null;
    newEmail: string;
  }>('Your email address was changed', (mail) => (
    <>
      <Hello username={mail.username} />
      <p>
        an administrator changed the email address of your account to {mail.newEmail}. If that is
        not right, tell them.
      </p>
      <NewUsername name={mail.newUsername} />
    </>
  )),
  refresh_token_reused: template<{
    username: string;
    device: string;
    ip: string;
    resetLink: string;
  }>('A session of your account was ended', (mail) => (
    <>
      <Hello username={mail.username} />
      <p>
        a session on {mail.device} was ended, because a used key to it came a second time, from the
        IP address {mail.ip}. Somebody may have copied it.
      </p>
      <IfItWasNotYou resetLink={mail.resetLink} />
    </>
  )),
  email_verified: template<{ username: string; oldUsername: string | null; resetLink: string }>(
    'Your email address is confirmed',
    (mail) => (
      <>
        <Hello username={mail.username} />
        <p>
          this address now belongs to your account. Mails about your account come here, and you can
          sign in with it.
        </p>
        {mail.oldUsername !== null && <NewUsername name={mail.username} />}
        <IfItWasNotYou resetLink={mail.resetLink} />
      </>
    ),
  ),
  invitation: template<{ username: string; link: string; resetLink: string }>(
    'Choose your password',
    (mail) => (
      <>
        <Hello username={mail.username} />
        <p>
          an administrator added an account for you. Your username is {mail.username}. Choose a
          password to sign in with:
        </p>
        <Button href={mail.link}>Choose your password</Button>
        <p>
          The link works once, within 7 days, and confirms this email address. Later you can{' '}
          <a href={mail.resetLink}>ask for another link</a>.
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
  }>('Your username was changed', (mail) => (
    <>
      <Hello username={mail.username} />
      <p>
        the username of your account was {mail.oldUsername}. It is now {mail.username}, and you sign
        in with it or with your email address.
      </p>
      {!mail.isByOwner && (
        <p>
          The old one is an email address that another account has confirmed. You can choose another
          username on your profile.
        </p>
      )}
      <IfItWasNotYou resetLink={mail.resetLink} />
    </>
  )),
  reset_password: template<{ accounts: { username: string; link: string }[]; olderOnes: number }>(
    'Choose a new password',
    (mail) => (
      <>
        <p>Hello,</p>
        <p>a new password was asked for. Choose one here:</p>
        {mail.accounts.map(({ username, link }) => (
          <>
            <p>For the account {username}:</p>
            <Button href={link}>Choose a new password</Button>
          </>
        ))}
        {mail.olderOnes > 0 && (
          <p>
            These are the newest accounts with this address. There are {mail.olderOnes} older ones
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
    (mail) => (
      <>
        <Hello username={mail.username} />
        <p>the password of your account was changed on {mail.when}. Other sessions were ended.</p>
        <IfItWasNotYou resetLink={mail.resetLink} />
      </>
    ),
  ),
  password_disabled: template<{
    username: string;
    failures: number;
    isForStrangers: boolean;
    resetLink: string;
  }>('Your password works in fewer places now', (mail) => (
    <>
      <Hello username={mail.username} />
      {mail.isForStrangers ? (
        <p>
          wrong passwords were entered for your account {mail.failures} times in a row, in browsers
          and networks that you have not signed in from. To keep an attacker out, your password no
          longer works in new places. It still works in the browsers and networks that you signed in
          from lately, and your sessions go on.
        </p>
      ) : (
        <p>
          wrong passwords were entered for your account {mail.failures} times in a row, in one
          browser, network or session that you signed in from before. Your password no longer works
          there. It still works elsewhere, and your sessions go on.
        </p>
      )}
      <p>A new password works everywhere:</p>
      <Button href={mail.resetLink}>Choose a new password</Button>
    </>
  )),
  new_device: template<{
    username: string;
    device: string;
    ip: string;
    when: string;
    resetLink: string;
  }>('A new sign-in to your account', (mail) => (
    <>
      <Hello username={mail.username} />
      <p>your account was used to sign in from a browser or network that it does not know:</p>
      <ul>
        <li>Device: {mail.device}</li>
        <li>IP address: {mail.ip}</li>
        <li>Time: {mail.when}</li>
      </ul>
      <IfItWasNotYou resetLink={mail.resetLink} />
    </>
  )),
  identity_connected: template<FederatedMail>('A way to sign in was added', (mail) => (
    <>
      <Hello username={mail.username} />
      <p>
        your account is now connected with {mail.label}
        {mail.knownAs && `, where you are ${mail.knownAs}`}. You can sign in with it.
      </p>
      <IfItWasNotYou resetLink={mail.resetLink} />
    </>
  )),
  identity_disconnected: template<FederatedMail>('A way to sign in was removed', (mail) => (
    <>
      <Hello username={mail.username} />
      <p>
        your account is no longer connected with {mail.label}
        {mail.knownAs && `, where you are ${mail.knownAs}`}. Nobody can sign in with it any more.
      </p>
      <IfItWasNotYou resetLink={mail.resetLink} />
    </>
  )),
  ways_in_removed: template<{ username: string; lost: string[]; resetLink: string }>(
    'Ways to sign in were removed',
    (mail) => (
      <>
        <Hello username={mail.username} />
        <p>your account was recovered by email. These ways to sign in no longer work:</p>
        <ul>
          {mail.lost.map((way) => (
            <li>{way}</li>
          ))}
        </ul>
        <p>You can add them again on your profile.</p>
        <IfItWasNotYou resetLink={mail.resetLink} />
      </>
    ),
  ),
  account_deleted: template<{ username: string }>('Your account was deleted', (mail) => (
    <>
      <Hello username={mail.username} />
      <p>
        your account and what it held were deleted, as you asked. This is the last mail about it.
      </p>
    </>
  )),
} as const;

export type MailName = keyof typeof MAILS;

/** The data that a mail is about. */
export type MailData<Name extends MailName> = Parameters<(typeof MAILS)[Name]['body']>[0];
