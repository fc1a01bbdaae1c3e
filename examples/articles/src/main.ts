import { start } from 'gatehouse';
import { AppModule } from './app.module.js';

await start(AppModule);
