import type { VNode } from 'preact';
import { EmailButton } from './layout.js';

/** What an email says, from the data that it is about. */
export interface EmailTemplate<Data> {
  subject: string | ((data: Data) => string);
  body: (data: Data) => VNode;
}

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

const verifyEmail: EmailTemplate<{ username: string; link: string }> = {
  subject: 'Confirm your email address',
  body: (email) => (
    <>
      <Hello username={email.username} />
      <p>please confirm that this is your email address:</p>
      <EmailButton href={email.link}>Confirm the address</EmailButton>
      <p>
        The link works once, within 24 hours. If you did not open an account, ignore this mail:
        without your confirmation the address is not theirs.
      </p>
    </>
  ),
};

const addressInUse: EmailTemplate<{ username: string; resetLink: string }> = {
  subject: 'Somebody tried to use your email address',
  body: (email) => (
    <>
      <Hello username={email.username} />
      <p>
        somebody tried to open an account with your email address, or to move one to it. It is yours
        and stays yours; nothing has changed.
      </p>
      <p>
        If it was you: you have an account already, and sign in as {email.username}. If you do not
        know the password any more, <a href={email.resetLink}>choose a new one</a>.
      </p>
    </>
  ),
};

const changeEmail: EmailTemplate<{ username: string; link: string }> = {
  subject: 'Confirm your new email address',
  body: (email) => (
    <>
      <Hello username={email.username} />
      <p>please confirm that this is to be the email address of your account from now on:</p>
      <EmailButton href={email.link}>Use this address</EmailButton>
      <p>
        The link works once, within 24 hours. Until then the old address stays. If you did not ask
        for this, ignore this mail.
      </p>
    </>
  ),
};

const emailChanged: EmailTemplate<{
  username: string;
  newUsername: string | null;
  newEmail: string;
  link: string;
}> = {
  subject: 'Your email address was changed',
  body: (email) => (
    <>
      <Hello username={email.username} />
      <p>the email address of your account is now {email.newEmail}.</p>
      <NewUsername name={email.newUsername} />
      <p>
        If it was not you, take the change back within 7 days. That restores this address, ends all
        sessions and all connected sign-ins that you do not keep, and sends you a link to choose a
        new password. Anyone who reads this mailbox can do so until then.
      </p>
      <EmailButton href={email.link}>Take the change back</EmailButton>
    </>
  ),
};

const emailChangedByAdministrator: EmailTemplate<{
  username: string;
  newUsername: string | null;
  newEmail: string;
}> = {
  subject: 'Your email address was changed',
  body: (email) => (
    <>
      <Hello username={email.username} />
      <p>
        an administrator changed the email address of your account to {email.newEmail}. If that is
        not right, tell them.
      </p>
      <NewUsername name={email.newUsername} />
    </>
  ),
};

const refreshTokenReused: EmailTemplate<{
  username: string;
  device: string;
  ip: string;
  resetLink: string;
}> = {
  subject: 'A session of your account was ended',
  body: (email) => (
    <>
      <Hello username={email.username} />
      <p>
        a session on {email.device} was ended, because a used key to it came a second time, from the
        IP address {email.ip}. Somebody may have copied it.
      </p>
      <IfItWasNotYou resetLink={email.resetLink} />
    </>
  ),
};

const emailVerified: EmailTemplate<{
  username: string;
  oldUsername: string | null;
  resetLink: string;
}> = {
  subject: 'Your email address is confirmed',
  body: (email) => (
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
};

const invitation: EmailTemplate<{ username: string; link: string; resetLink: string }> = {
  subject: 'Choose your password',
  body: (email) => (
    <>
      <Hello username={email.username} />
      <p>
        an administrator added an account for you. Sign in as {email.username}. First choose a
        password:
      </p>
      <EmailButton href={email.link}>Choose your password</EmailButton>
      <p>
        The link works once, within 7 days, and confirms this email address. Later you can{' '}
        <a href={email.resetLink}>ask for another link</a>.
      </p>
      <p>If you did not expect an account, ignore this email.</p>
    </>
  ),
};

const usernameChanged: EmailTemplate<{
  username: string;
  oldUsername: string;
  isByOwner: boolean;
  resetLink: string;
}> = {
  subject: 'Your username was changed',
  body: (email) => (
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
  ),
};

const resetPassword: EmailTemplate<{
  accounts: { username: string; link: string }[];
  olderOnes: number;
}> = {
  subject: 'Choose a new password',
  body: (email) => (
    <>
      <p>Hello,</p>
      <p>a new password was asked for. Choose one here:</p>
      {email.accounts.map(({ username, link }) => (
        <>
          <p>For the account {username}:</p>
          <EmailButton href={link}>Choose a new password</EmailButton>
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
};

const passwordChanged: EmailTemplate<{ username: string; when: string; resetLink: string }> = {
  subject: 'Your password was changed',
  body: (email) => (
    <>
      <Hello username={email.username} />
      <p>the password of your account was changed on {email.when}. Other sessions were ended.</p>
      <IfItWasNotYou resetLink={email.resetLink} />
    </>
  ),
};

const passwordDisabled: EmailTemplate<{
  username: string;
  failures: number;
  isForStrangers?: boolean;
  resetLink: string;
}> = {
  subject: 'Your password works in fewer places now',
  body: (email) => (
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
      <EmailButton href={email.resetLink}>Choose a new password</EmailButton>
    </>
  ),
};

const newDevice: EmailTemplate<{
  username: string;
  device: string;
  ip: string;
  when: string;
  resetLink: string;
}> = {
  subject: 'A new sign-in to your account',
  body: (email) => (
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
  ),
};

const identityConnected: EmailTemplate<FederatedEmail> = {
  subject: 'A way to sign in was added',
  body: (email) => (
    <>
      <Hello username={email.username} />
      <p>
        your account is now connected with {email.label}
        {email.knownAs && `, where you are ${email.knownAs}`}. You can sign in with it.
      </p>
      <IfItWasNotYou resetLink={email.resetLink} />
    </>
  ),
};

const identityDisconnected: EmailTemplate<FederatedEmail> = {
  subject: 'A way to sign in was removed',
  body: (email) => (
    <>
      <Hello username={email.username} />
      <p>
        your account is no longer connected with {email.label}
        {email.knownAs && `, where you are ${email.knownAs}`}. Nobody can sign in with it any more.
      </p>
      <IfItWasNotYou resetLink={email.resetLink} />
    </>
  ),
};

const waysInRemoved: EmailTemplate<{ username: string; lost: string[]; resetLink: string }> = {
  subject: 'Ways to sign in were removed',
  body: (email) => (
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
};

const accountDeleted: EmailTemplate<{ username: string }> = {
  subject: 'Your account was deleted',
  body: (email) => (
    <>
      <Hello username={email.username} />
      <p>
        your account and what it held were deleted, as you asked. This is the last mail about it.
      </p>
    </>
  ),
};

/** Every mail there is. Text and HTML are made from the same body. */
export const EMAILS = {
  verify_email: verifyEmail,
  address_in_use: addressInUse,
  change_email: changeEmail,
  email_changed: emailChanged,
  email_changed_by_administrator: emailChangedByAdministrator,
  refresh_token_reused: refreshTokenReused,
  email_verified: emailVerified,
  invitation: invitation,
  username_changed: usernameChanged,
  reset_password: resetPassword,
  password_changed: passwordChanged,
  password_disabled: passwordDisabled,
  new_device: newDevice,
  identity_connected: identityConnected,
  identity_disconnected: identityDisconnected,
  ways_in_removed: waysInRemoved,
  account_deleted: accountDeleted,
} as const;

export type EmailName = keyof typeof EMAILS;

/** The data that a mail is about. */
export type EmailData<Name extends EmailName> = Parameters<(typeof EMAILS)[Name]['body']>[0];
