import { rm } from 'node:fs/promises';

export default async function globalTeardown() {
  const { server, dataDir } = globalThis.testServer;
  await server.close();
  await rm(dataDir, { recursive: true, force: true });
}
