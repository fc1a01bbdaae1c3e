// npm run dev:oidc: the application, and beside it an OpenID Connect provider of this machine with which anybody can
// sign in. Both end with Ctrl-C, and each when the other one ends.
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createServer } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { createOidcProvider } from './oidc-provider.mjs';

if (existsSync('.env')) process.loadEnvFile('.env');
const port = Number(process.env.PORT || 3000);
const publicUrl = new URL(process.env.PUBLIC_URL || `http://localhost:${port}`).origin;
const client = {
  id: 'gatehouse',
  secret: randomBytes(24).toString('base64url'),
  redirectUris: [`${publicUrl}/accounts/federation/local/callback`, 'http://127.0.0.1/callback'],
};

const server = createServer().listen(Number(process.env.OIDC_PORT || 3001), '127.0.0.1');
await once(server, 'listening').catch((error) => {
  console.error(`The provider could not listen: ${error.message}. OIDC_PORT names another port.`);
  process.exit(1);
});
const issuer = `http://localhost:${server.address().port}`;
const answer = createOidcProvider(issuer, client).callback();
server.on('request', (request, response) => void answer(request, response));

const application = spawn(process.execPath, ['dist/src/main.js'], {
  stdio: 'inherit',
  env: {
    ...process.env,
    OIDC_LOCAL_ISSUER: issuer,
    OIDC_LOCAL_CLIENT_ID: client.id,
    OIDC_LOCAL_CLIENT_SECRET: client.secret,
    OIDC_LOCAL_LABEL: 'the local provider',
    OIDC_REDIRECT_URIS: process.env.OIDC_REDIRECT_URIS || 'http://127.0.0.1/callback',
  },
});
// Ctrl-C reaches both of them; a signal from elsewhere only this one.
for (const signal of ['SIGINT', 'SIGTERM']) {
  process.on(signal, () => signal === 'SIGTERM' && application.kill(signal));
}
application.on('exit', (code, signal) => {
  server.closeAllConnections();
  server.close();
  process.exitCode = code ?? (signal ? 1 : 0);
});

while (isRunning() && !(await isReady())) await sleep(300);
if (isRunning()) {
  console.log(
    `  Provider     ${issuer}\n\n` +
      `Open ${publicUrl}/accounts/login, press “Continue with the local provider”, and type any name and any password.\n`,
  );
}

async function isReady() {
  const answered = await fetch(`http://127.0.0.1:${port}/health/ready`).catch(() => undefined);
  return answered?.ok === true;
}

function isRunning() {
  return application.exitCode === null && application.signalCode === null;
}
