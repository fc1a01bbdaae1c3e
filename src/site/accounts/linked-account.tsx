import type { LinkedAccount } from '../../account/linked-accounts.service.js';
import { Time } from '../kit/time.js';

const OPENERS = {
  registration: 'by registering',
  administrator: 'by an administrator',
  operator: 'on the command line',
};

/** Which account a link is for, so that nobody acts on the account of a stranger unawares. */
export function LinkedAccountFacts({ account }: { account: LinkedAccount }) {
  const { username, address, openedAt, openedBy, openedWith } = account;
  const opener = openedBy === 'provider' ? `with ${openedWith}` : openedBy && OPENERS[openedBy];
  const ways = waysIn(account);
  return (
    <dl class="row">
      <dt class="col-sm-4">Account</dt>
      <dd class="col-sm-8">{username}</dd>
      <dt class="col-sm-4">Email address</dt>
      <dd class="col-sm-8">{address}</dd>
      <dt class="col-sm-4">Opened</dt>
      <dd class="col-sm-8">
        <Time at={openedAt} /> {opener}
      </dd>
      {ways.length > 0 && (
        <>
          <dt class="col-sm-4">Signs in with</dt>
          <dd class="col-sm-8">{ways.join(', ')}</dd>
        </>
      )}
    </dl>
  );
}

function waysIn({ hasPassword, identities }: LinkedAccount): string[] {
  const labels = new Set(identities.map(({ label }) => label));
  return [...(hasPassword ? ['a password'] : []), ...labels];
}

interface KeepIdentitiesProps {
  identities: LinkedAccount['identities'];
  /** The ids that were ticked. */
  ticked: readonly string[];
}

/** Asks which connected identities stay. What is not ticked is removed. */
export function KeepIdentitiesChoice({ identities, ticked }: KeepIdentitiesProps) {
  if (identities.length === 0) return null;
  return (
    <fieldset class="mb-3" aria-describedby="keep-help">
      <legend class="form-label fs-6">Connected sign-ins</legend>
      <div class="form-text mt-0 mb-2" id="keep-help">
        Tick the ones you connected yourself. All others are removed. You can connect them again
        later.
      </div>
      {identities.map(({ id, label, knownAs, connectedAt }) => (
        <div class="form-check">
          <input
            class="form-check-input"
            type="checkbox"
            id={`keep-${id}`}
            name="keepIdentities"
            value={id}
            checked={ticked.includes(id)}
          />
          <label class="form-check-label text-break" for={`keep-${id}`}>
            Keep {label}
            {knownAs && `, ${knownAs}`} (connected <Time at={connectedAt} />)
          </label>
        </div>
      ))}
    </fieldset>
  );
}

/** The ids that were ticked in a form. */
export function tickedIn({ keepIdentities }: Record<string, unknown>): string[] {
  return [keepIdentities].flat().filter((one): one is string => typeof one === 'string');
}
