import { Module } from '@nestjs/common';
import { BenchController } from './bench.controller.js';
import { BenchPageController } from './bench-page.controller.js';

@Module({ controllers: [BenchController, BenchPageController] })
export class BenchModule {}
