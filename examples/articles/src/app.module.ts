import { Module } from '@nestjs/common';
import { GatehouseModule } from 'gatehouse';
import { ArticlesModule } from './articles/articles.module.js';
import { CompanyOnly } from './company-only.js';
import { AppUser } from './user-fields.js';

@Module({
  imports: [
    GatehouseModule.forRoot({
      root: import.meta.dirname,
      userFields: AppUser,
      registration: CompanyOnly,
      staticFiles: 'static',
      brand: { name: 'Northwind', logo: 'static/logo.svg', accentColor: '#0f766e' },
    }),
    ArticlesModule,
  ],
})
export class AppModule {}
