import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { TLSSocket } from 'node:tls';

const SSL_REQUEST = 80_877_103;

/** What stands where PostgreSQL should, and refuses. */
export interface RefusingServer {
  url: string;
  /** From now on every connection reaches PostgreSQL. */
  admit: () => void;
  close: () => void;
}

/** Its certificate comes from an authority that nobody knows: itself. Valid until 2126. */
interface Certificate {
  cert: string;
  key: string;
}

/**
 * Stands before the database of `url` and refuses each connection with that SQLSTATE, as PostgreSQL does. With a
 * certificate it speaks TLS, without one it offers none.
 */
export async function startRefusingServer(
  url: string,
  sqlstate: string,
  message: string,
  certificate?: Certificate,
): Promise<RefusingServer> {
  const target = new URL(url);
  const sockets = new Set<Socket>();
  let isOpen = false;
  const server = createServer((near) => {
    sockets.add(near.on('error', () => undefined));
    if (!isOpen) {
      near.once('data', (bytes) => refuse(near, bytes));
      return;
    }
    const far = connect(Number(target.port), target.hostname);
    sockets.add(far.on('error', () => undefined));
    near.pipe(far).pipe(near);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');

  function refuse(socket: Socket, bytes: Buffer): void {
    if (bytes.length === 8 && bytes.readInt32BE(4) === SSL_REQUEST) {
      socket.write(certificate ? 'S' : 'N');
      const next = certificate
        ? new TLSSocket(socket, { isServer: true, ...certificate }).on('error', () => undefined)
        : socket;
      next.once('data', (startup: Buffer) => refuse(next, startup));
      return;
    }
    const fields = Buffer.from(`SFATAL\0VFATAL\0C${sqlstate}\0M${message}\0\0`);
    const head = Buffer.alloc(5);
    head.write('E');
    head.writeInt32BE(fields.length + 4, 1);
    socket.end(Buffer.concat([head, fields]));
  }

  const own = new URL(url);
  own.port = String((server.address() as AddressInfo).port);
  return {
    url: own.href,
    admit: () => (isOpen = true),
    close() {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}
