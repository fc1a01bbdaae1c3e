import { runCli } from './server/run-cli.js';

await runCli(async () => (await import('./app.module.js')).AppModule);
