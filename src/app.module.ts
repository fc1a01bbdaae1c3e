import { Module } from '@nestjs/common';
import { GatehouseModule } from './gatehouse.module.js';

/** The application that runs where there is no product: Gatehouse, and nothing else. */
@Module({ imports: [GatehouseModule.forRoot()] })
export class AppModule {}
