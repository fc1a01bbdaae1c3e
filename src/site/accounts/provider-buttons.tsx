import { federationPath, withNext } from '../../http/page-paths.js';

/** A way to sign in with another service. */
export interface ProviderLink {
  /** Its name in addresses. */
  name: string;
  /** What people call it. */
  label: string;
}

interface ProviderButtonsProps {
  providers: readonly ProviderLink[];
  /** Where to go on to. */
  next?: string | undefined;
  /** For who is signed in, and is asked to do so again. */
  again?: boolean;
}

/** The ways to sign in with somebody else. They are links: nothing of what was typed goes along. */
export function ProviderButtons({ providers, next, again = false }: ProviderButtonsProps) {
  if (providers.length === 0) return null;
  return (
    <div class="narrow mt-4 pt-4 border-top d-grid gap-2">
      {providers.map(({ name, label }) => (
        <a
          class="btn btn-outline-secondary"
          href={withNext(`${federationPath(name)}${again ? '/again' : ''}`, next)}
          rel="nofollow"
        >
          Continue with {label}
        </a>
      ))}
    </div>
  );
}
