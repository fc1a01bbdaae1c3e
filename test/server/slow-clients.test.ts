import { type AddressInfo, connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { loadConfig } from '../../src/platform/config/load-config.js';
import { testVariables } from '../support/app.js';
import { built } from '../support/built.js';

const { createHttpAdapter } =
  await built<typeof import('../../src/server/app.setup.js')>('src/server/app.setup.js');

/** As in production, but for the times: nobody wants to wait for those. */
const SHORT = { headers: 300, request: 600, checkEvery: 50 };
const DRIP = 25;

describe('a client that is slow on purpose [ASVS 15.2.2]', () => {
  const config = loadConfig(testVariables('postgresql://nobody@127.0.0.1/nothing'));
  const fastify = createHttpAdapter(config, SHORT).getInstance();
  let port: number;
  beforeAll(async () => {
    fastify.post('/', () => ({ isThere: true }));
    await fastify.listen({ port: 0, host: '127.0.0.1' });
    ({ port } = fastify.server.address() as AddressInfo);
  });
  afterAll(() => fastify.close());

  /** Sends a beginning and then a byte at a time, until the server has had enough; returns what it said. */
  const drip = (beginning: string) =>
    new Promise<string>((resolve) => {
      let answer = '';
      const socket = connect(port, '127.0.0.1', () => socket.write(beginning));
      const timer = setInterval(() => socket.write('a'), DRIP);
      socket.setEncoding('utf8').on('data', (chunk: string) => (answer += chunk));
      socket.on('error', () => undefined);
      socket.once('close', () => {
        clearInterval(timer);
        resolve(answer);
      });
    });
  const BODY =
    'POST / HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 60000';

  it.each([
    ['with its headers', 'GET / HTTP/1.1\r\nHost: a\r\nX-Slow: '],
    ['with its body', `${BODY}\r\n\r\n`],
    ['with its first line', 'GET /'],
  ])('%s is told so and cut', async (_, beginning) => {
    const slow = drip(beginning);
    const honest = await fetch(`http://127.0.0.1:${port}/`, { method: 'POST' });
    expect(await honest.json()).toEqual({ isThere: true });
    expect(await slow).toMatch(/^HTTP\/1.1 408 .*"code":"request_timeout"/s);
  });

  it('has ten seconds for its headers and thirty for all of it', () => {
    const { server } = createHttpAdapter(config).getInstance();
    expect({ headers: server.headersTimeout, request: server.requestTimeout }).toEqual({
      headers: 10_000,
      request: 30_000,
    });
  });
});
