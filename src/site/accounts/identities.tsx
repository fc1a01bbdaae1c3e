import { federationPath } from '../../http/page-paths.js';
import type { AccountIdentityDto } from '../../federated-login/account-identity.dto.js';
import { PostButton } from '../kit/forms.js';
import type { PageFrame } from '../kit/page-frame.js';
import { Time } from '../kit/time.js';

/** The services that an account is connected with, and could be. */
export interface WaysIn {
  identities: AccountIdentityDto[];
  connectable: readonly { name: string; label: string }[];
  /** The ids of identities that must stay: the only way to sign in. */
  kept: ReadonlySet<string>;
}

/** With whom an account is connected, and with whom it could be. */
export function Identities({ page, identities, connectable, kept }: WaysIn & { page: PageFrame }) {
  if (identities.length + connectable.length === 0) return null;
  return (
    <>
      <h2 class="h4 mt-4">Sign in with</h2>
      <ul class="list-group mb-3">
        {identities.map((identity) => (
          <Identity page={page} identity={identity} isKept={kept.has(identity.id)} />
        ))}
      </ul>
      {connectable.map(({ name, label }) => (
        <>
          <PostButton
            page={page}
            action={`${federationPath(name)}/connect`}
            class="btn btn-outline-secondary mb-2"
          >
            Connect {label}
          </PostButton>{' '}
        </>
      ))}
    </>
  );
}

interface IdentityProps {
  page: PageFrame;
  identity: AccountIdentityDto;
  isKept: boolean;
}

function Identity({ page, identity, isKept }: IdentityProps) {
  const { id, label, knownAs, lastUsedAt } = identity;
  return (
    <li class="list-group-item d-flex flex-wrap align-items-center gap-2">
      <div class="me-auto">
        <strong>{label}</strong> {knownAs}
        <div class="small text-body-secondary">
          last used <Time at={lastUsedAt} />
        </div>
      </div>
      {isKept ? (
        <span class="small text-body-secondary">the only way to sign in</span>
      ) : (
        <PostButton
          page={page}
          action={`/accounts/identities/${id}/disconnect`}
          class="btn btn-sm btn-outline-secondary"
          label={`Disconnect ${label} ${knownAs}`}
        >
          Disconnect
        </PostButton>
      )}
    </li>
  );
}
