import { Global, Module } from '@nestjs/common';
import { Brand } from './brand.js';

/** Makes `Brand` injectable everywhere: every door shows the name. */
@Global()
@Module({ providers: [Brand], exports: [Brand] })
export class BrandModule {}
