import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** A way to the database that can fall silent for some connections, without closing them. */
export interface FreezingProxy {
  url: string;
  /** From now on, nothing passes on connections whose first bytes contained `mark`. */
  freeze: (mark: string) => void;
  close: () => void;
}

/** Stands between an application and the database of `url`. */
export async function startFreezingProxy(url: string): Promise<FreezingProxy> {
  const target = new URL(url);
  const connections: { greeting: string; sockets: [Socket, Socket] }[] = [];
  const server = createServer((near) => {
    const far = connect(Number(target.port), target.hostname);
    const connection = { greeting: '', sockets: [near, far] as [Socket, Socket] };
    connections.push(connection);
    near.once('data', (bytes) => (connection.greeting = bytes.toString('latin1')));
    near.pipe(far).pipe(near);
    for (const socket of [near, far]) socket.on('error', () => undefined);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const proxied = new URL(url);
  proxied.port = String((server.address() as AddressInfo).port);
  return {
    url: proxied.href,
    freeze(mark) {
      for (const { greeting, sockets } of connections) {
        if (!greeting.includes(mark)) continue;
        for (const socket of sockets) socket.unpipe().pause();
      }
    },
    close() {
      server.close();
      for (const { sockets } of connections) for (const socket of sockets) socket.destroy();
    },
  };
}
