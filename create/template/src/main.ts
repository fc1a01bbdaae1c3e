import { start } from 'gatehouse';

// The database starts while the application is imported.
await start(async () => (await import('./app.module.js')).AppModule);
