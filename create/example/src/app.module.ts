import { Module } from '@nestjs/common';
import { GatehouseModule } from 'gatehouse';
import { ArticlesModule } from './articles/articles.module.js';
import { AppUser } from './user-fields.js';

@Module({
  imports: [
    GatehouseModule.forRoot({
      root: import.meta.dirname,
      userFields: AppUser,
      brand: { name: '{{title}}' },
    }),
    ArticlesModule,
  ],
})
export class AppModule {}
