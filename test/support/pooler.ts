import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import pg from 'pg';

/** As in PgBouncer: for how long a client keeps the connection of the server that it was given. */
export type PoolMode = 'session' | 'transaction';

/** A stand-in for PgBouncer, before the database of a test. */
export interface Pooler {
  url: string;
  /** What counts from the next transaction on, as after a RELOAD of PgBouncer. */
  mode: PoolMode;
  /** Whether notifications are thrown away that a client would otherwise receive. */
  isSilent: boolean;
  close: () => void;
}

/** A connection to PostgreSQL, which serves one client after the other. */
interface Server {
  socket: Socket;
  client: Client | undefined;
}

interface Client {
  socket: Socket;
  server: Server | undefined;
}

const PARAMETERS = new Set(['user', 'database', 'client_encoding', 'application_name']);
const PROTOCOL_VERSION = 196_608;
const READY = message('Z', Buffer.from('I'));

/**
 * Stands between an application and the database of `url`. It refuses startup parameters that PgBouncer refuses by
 * default. In transaction mode each transaction gets the connection that was idle longest, so that whatever an
 * application leaves on a connection is soon on another one.
 */
export async function startPooler(url: string, mode: PoolMode): Promise<Pooler> {
  const idle: Server[] = [];
  const sockets = new Set<Socket>();
  const pooler = { mode, isSilent: false };

  const release = (server: Server) => {
    if (server.client) server.client.server = undefined;
    server.client = undefined;
    idle.push(server);
  };
  const connect = async (): Promise<Server> => {
    const connection = new pg.Client({ connectionString: url, application_name: 'pooler' });
    await connection.connect();
    const { stream } = (connection as unknown as { connection: { stream: Socket } }).connection;
    stream.removeAllListeners();
    stream.on('error', () => undefined);
    sockets.add(stream);
    const server: Server = { socket: stream, client: undefined };
    const read = framesOf((type, frame) => {
      if (type === 'A' && pooler.isSilent) return;
      server.client?.socket.write(frame);
      const isIdle = type === 'Z' && frame.at(-1) === 'I'.charCodeAt(0);
      if (isIdle && server.client && pooler.mode === 'transaction') release(server);
    });
    stream.on('data', read);
    stream.on('close', () => {
      server.client?.socket.destroy();
      const at = idle.indexOf(server);
      if (at >= 0) idle.splice(at, 1);
    });
    return server;
  };
  const link = async (client: Client): Promise<Server> => {
    const server = (pooler.mode === 'transaction' && idle.shift()) || (await connect());
    server.client = client;
    client.server = server;
    return server;
  };

  const listener = createServer((socket) => {
    const client: Client = { socket, server: undefined };
    sockets.add(socket);
    let sending = Promise.resolve();
    const read = framesOf((type, frame) => {
      if (type === 'X') {
        socket.end();
        return;
      }
      sending = sending
        .then(async () => void (client.server ?? (await link(client))).socket.write(frame))
        .catch(() => void socket.destroy());
    });
    socket.once('data', (startup) => {
      const refused = parametersOf(startup).find((name) => !PARAMETERS.has(name));
      if (refused !== undefined) {
        socket.end(refusalOf(refused));
        return;
      }
      socket.on('data', read);
      socket.write(greeting());
    });
    socket.on('error', () => undefined);
    // What it had begun is undone; its connection ends with it, in either mode.
    socket.on('close', () => client.server?.socket.destroy());
  }).listen(0, '127.0.0.1');
  await once(listener, 'listening');
  // With one connection alone, everything would happen to meet on it.
  idle.push(await connect(), await connect(), await connect());

  const address = new URL(url);
  address.port = String((listener.address() as AddressInfo).port);
  return Object.assign(pooler, {
    url: address.href,
    close() {
      listener.close();
      for (const socket of sockets) socket.destroy();
    },
  });
}

/** Cuts a stream into messages of the protocol. */
function framesOf(receive: (type: string, frame: Buffer) => void): (bytes: Buffer) => void {
  let rest = Buffer.alloc(0);
  return (bytes) => {
    rest = Buffer.concat([rest, bytes]);
    while (rest.length >= 5 && rest.length >= rest.readInt32BE(1) + 1) {
      const length = rest.readInt32BE(1) + 1;
      const frame = rest.subarray(0, length);
      rest = rest.subarray(length);
      receive(String.fromCharCode(frame[0]!), frame);
    }
  };
}

function parametersOf(startup: Buffer): string[] {
  if (startup.readInt32BE(4) !== PROTOCOL_VERSION) throw new Error('no startup message');
  const words = startup.subarray(8, -2).toString().split('\0');
  return words.filter((_, index) => index % 2 === 0);
}

function greeting(): Buffer {
  const key = Buffer.alloc(8);
  // Not the number of a process of the server, which no client learns.
  key.writeInt32BE(2_000_000_000 + Math.trunc(Math.random() * 100_000_000), 0);
  return Buffer.concat([message('R', Buffer.alloc(4)), message('K', key), READY]);
}

function refusalOf(parameter: string): Buffer {
  const text = `unsupported startup parameter: ${parameter}`;
  return message('E', Buffer.from(`SFATAL\0VFATAL\0C08P01\0M${text}\0\0`));
}

function message(type: string, body: Buffer): Buffer {
  const head = Buffer.alloc(5);
  head.write(type);
  head.writeInt32BE(body.length + 4, 1);
  return Buffer.concat([head, body]);
}
