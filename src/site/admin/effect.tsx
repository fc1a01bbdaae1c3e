import type { SourcedPermissionDto } from '../../administration/users/user-permissions.dto.js';

interface EffectProps {
  items: SourcedPermissionDto[];
  isSuperuser: boolean;
}

/** What an account may do, all in all, and why. */
export function Effect({ items, isSuperuser }: EffectProps) {
  return (
    <>
      <h2 class="h4">What that adds up to</h2>
      {isSuperuser && <p>Everything, as a superuser.</p>}
      {!isSuperuser && items.length === 0 && <p>No permission.</p>}
      {!isSuperuser && (
        <ul>
          {items.map(({ codename, description, sources }) => (
            <li>
              <code>{codename}</code> {description}
              <span class="text-body-secondary"> ({sources.map(inWords).join(', ')})</span>
            </li>
          ))}
        </ul>
      )}
    </>
  );
}

function inWords({ type, role }: SourcedPermissionDto['sources'][number]): string {
  return type === 'role' ? `by the role ${role}` : 'directly';
}
