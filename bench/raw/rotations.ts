// Does to the database what the exchange of a refresh token does, by hand: one transaction on one connection
// of its own for each of sixteen sessions, as fast as they go. Tells how many a second.
import pg from 'pg';
import {
  GRANTED_PERMISSIONS_OF_USER,
  ROLES_OF_USER,
} from '../../src/permissions/permissions.sql.js';

const AT_ONCE = 16;
const [database, seconds] = process.argv.slice(2);

const LIMIT = {
  name: 'limit',
  text: `INSERT INTO limit_counters AS c (key, points, expire) VALUES ($1, 1, $2)
         ON CONFLICT (key) DO UPDATE SET points = c.points + 1 RETURNING points, expire`,
};
const ADVANCE = {
  name: 'advance',
  text: `UPDATE sessions SET refresh_counter = refresh_counter + 1, refreshed_at = now(), last_seen_at = now(),
           ip = '127.0.0.1', user_agent = '', idle_expires_at = now() + interval '14 days'
         WHERE id = $1 AND ended_at IS NULL AND idle_expires_at > now() AND absolute_expires_at > now()
         RETURNING *`,
};
const USER = { name: 'user', text: 'SELECT * FROM users WHERE id = $1' };
const POWERS = {
  name: 'powers',
  text: `SELECT ${ROLES_OF_USER} AS roles, ${GRANTED_PERMISSIONS_OF_USER} AS permissions FROM users u WHERE id = $1`,
};
const OPEN = `INSERT INTO sessions (user_id, created_at, last_seen_at, authenticated_at, amr, ip, user_agent,
                                    idle_expires_at, absolute_expires_at)
              SELECT id, now(), now(), now(), '{pwd}', '127.0.0.1', '', now() + interval '1 day', now() + interval '1 day'
              FROM users ORDER BY created_at LIMIT ${AT_ONCE} RETURNING id, user_id`;

const pool = new pg.Pool({ connectionString: database!, max: AT_ONCE });
const { rows: sessions } = await pool.query<{ id: string; user_id: string }>(OPEN);
const begun = performance.now();
let count = 0;
await Promise.all(
  sessions.map(async (session) => {
    const client = await pool.connect();
    while (performance.now() - begun < Number(seconds) * 1000) {
      await client.query('BEGIN');
      await client.query({ ...LIMIT, values: [`bench:${session.id}`, Date.now() + 60_000] });
      await client.query({ ...ADVANCE, values: [session.id] });
      await client.query({ ...USER, values: [session.user_id] });
      await client.query({ ...POWERS, values: [session.user_id] });
      await client.query('COMMIT');
      count++;
    }
    client.release();
  }),
);
process.send!((count * 1000) / (performance.now() - begun));
await pool.end();
