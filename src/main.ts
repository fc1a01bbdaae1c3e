import { start } from './server/start.js';

await start(async () => (await import('./app.module.js')).AppModule);
