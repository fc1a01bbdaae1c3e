import type { AuditEventDto } from '../audit/audit-event.dto.js';
import { Time } from '../web/time.js';
import { Table } from './table.js';

/** Events of the audit trail, as a table. */
export function Events({ events }: { events: AuditEventDto[] }) {
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
            <Who event={event} />
          </td>
          <td>
            <Subject event={event} />
          </td>
          <td>
            <Changes event={event} />
          </td>
        </tr>
      ))}
    </Table>
  );
}

function Who({ event: { actor, origin, ip, userAgent } }: { event: AuditEventDto }) {
  const name = actor ? (actor.username ?? 'a deleted account') : NOBODY[origin];
  return (
    <>
      {actor?.username ? <a href={`/admin/users/${actor.id}`}>{name}</a> : name}
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

function Subject({ event: { subject } }: { event: AuditEventDto }) {
  const { type, id, name } = subject;
  if (name === null) return <>{`${type} ${id}`}</>;
  return (
    <>
      {type} <a href={`/admin/${type}s/${id}`}>{name}</a>
    </>
  );
}

function Changes({ event: { changes } }: { event: AuditEventDto }) {
  return (
    <ul class="list-unstyled mb-0 small">
      {Object.entries(changes).map(([field, { old, new: value }]) => (
        <li>
          {field}: {old !== null && <del>{inWords(old)}</del>}{' '}
          {value !== null && <ins>{inWords(value)}</ins>}
        </li>
      ))}
    </ul>
  );
}

function inWords(value: unknown): string {
  if (Array.isArray(value)) return value.length > 0 ? value.join(', ') : 'none';
  if (typeof value === 'string') return value || 'empty';
  return JSON.stringify(value);
}
