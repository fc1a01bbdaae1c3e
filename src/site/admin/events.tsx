import type { AuditEventDto } from '../../audit/audit-event.dto.js';
import { holds, type Principal } from '../../access/principal.js';
import { ROLES } from '../../permissions/roles.permissions.js';
import { USERS } from '../../permissions/users.permissions.js';
import { Long } from '../kit/long.js';
import { Time } from '../kit/time.js';
import { Table } from '../kit/table.js';

/** Events of the audit trail, as a table. */
export function Events({ visitor, events }: { visitor: Principal; events: AuditEventDto[] }) {
  if (events.length === 0) return <p>Nothing has happened.</p>;
  return (
    <Table label="Events" headings={['When', 'What', 'Who', 'To what', 'Details']}>
      {events.map((event) => (
        <tr>
          <td class="text-nowrap">
            <Time at={event.occurredAt} />
          </td>
          <td>
            <code>{event.action}</code>
            {event.reason && <div class="small text-body-secondary">{event.reason}</div>}
          </td>
          <td>
            <Who visitor={visitor} event={event} />
          </td>
          <td>
            <Subject visitor={visitor} event={event} />
          </td>
          <td>
            <Changes event={event} />
          </td>
        </tr>
      ))}
    </Table>
  );
}

interface PartProps {
  visitor: Principal;
  event: AuditEventDto;
}

function Who({ visitor, event: { actor, origin, ip, userAgent } }: PartProps) {
  const name = actor ? (actor.username ?? 'a deleted account') : NOBODY[origin];
  return (
    <>
      {actor?.username && holds(visitor, USERS.view) ? (
        <a href={`/admin/users/${actor.id}`}>
          <Long text={name} />
        </a>
      ) : (
        <Long text={name} />
      )}
      <div class="small text-body-secondary" title={userAgent ?? ''}>
        {[origin, ip].filter(Boolean).join(' · ')}
      </div>
    </>
  );
}

const NOBODY = {
  api: 'nobody signed in',
  page: 'nobody signed in',
  cli: 'the command line',
  system: 'the application',
};

function Subject({ visitor, event: { subject } }: PartProps) {
  const { type, id, name } = subject;
  const mayOpen = holds(visitor, type === 'role' ? ROLES.view : USERS.view);
  if (name === null || !mayOpen) return <Long text={`${type} ${name ?? id}`} />;
  return (
    <>
      {type}{' '}
      <a href={`/admin/${type}s/${id}`}>
        <Long text={name} />
      </a>
    </>
  );
}

function Changes({ event: { changes } }: { event: AuditEventDto }) {
  return (
    <ul class="list-unstyled mb-0 small">
      {Object.entries(changes).map(([field, { old, new: value }]) => (
        <li>
          <Long text={field} />: <Change old={old} value={value} />
        </li>
      ))}
    </ul>
  );
}

function Change({ old, value }: { old: unknown; value: unknown }) {
  const [before, after] = [inWords(old), inWords(value)];
  // Recorded by an earlier version: nothing changed, so nothing is struck out.
  if (before === after) return <Long text={after} />;
  return (
    <>
      {!isNothing(old) && (
        <del>
          <Long text={before} />
        </del>
      )}{' '}
      {!isNothing(value) && (
        <ins>
          <Long text={after} />
        </ins>
      )}
    </>
  );
}

function isNothing(value: unknown): value is null | undefined {
  return value === null || value === undefined;
}

/** A recorded value as people read it, never as a program would write it. */
function inWords(value: unknown): string {
  if (isNothing(value)) return 'none';
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  if (typeof value === 'string') return value || 'empty';
  if (typeof value !== 'object') return JSON.stringify(value);
  const parts = Array.isArray(value)
    ? value.map((one) => inWords(one))
    : Object.entries(value).map(([name, one]) => `${name} ${inWords(one)}`);
  return parts.join(', ') || 'none';
}
