import { Module } from '@nestjs/common';
import { GatehouseModule } from 'gatehouse';

@Module({
  imports: [
    GatehouseModule.forRoot({
      root: import.meta.dirname,
      brand: { name: '{{title}}' },
    }),
  ],
})
export class AppModule {}
