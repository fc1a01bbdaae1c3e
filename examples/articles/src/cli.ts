import { runCli } from 'gatehouse';
import { AppModule } from './app.module.js';

await runCli(AppModule);
