/**
 * A shop that was there before Gatehouse, in the files that docs/existing-application.md does not show: tables of its own
 * with the name of one of ours, its own tokens, and parts that it registers for all routes.
 */
export const SHOP = {
  'src/orders/order.entity.ts': `
    import { Column, Entity, PrimaryGeneratedColumn } from 'typeorm';
    @Entity('orders')
    export class Order {
      @PrimaryGeneratedColumn() id: number;
      @Column('text') title: string;
      @Column('uuid', { nullable: true }) userId: string | null;
    }`,
  'src/orders/user.entity.ts': `
    import { Column, Entity, PrimaryGeneratedColumn } from 'typeorm';
    @Entity('users')
    export class User {
      @PrimaryGeneratedColumn() id: number;
      @Column('text') name: string;
    }`,
  'src/orders/order.dto.ts': `
    import { IsString } from 'class-validator';
    export class OrderDto {
      @IsString() title: string;
    }`,
  'src/orders/orders.service.ts': `
    import { Injectable } from '@nestjs/common';
    import { InjectRepository } from '@nestjs/typeorm';
    import { DataSource, Repository } from 'typeorm';
    import { Order } from './order.entity.js';
    import { OrderDto } from './order.dto.js';
    @Injectable()
    export class OrdersService {
      constructor(@InjectRepository(Order) private readonly orders: Repository<Order>, private readonly dataSource: DataSource) {}
      add(order: OrderDto): Promise<Order> {
        return this.dataSource.transaction((tx) => tx.save(Order, tx.create(Order, { title: order.title })));
      }
      of(userId: string): Promise<Order[]> { return this.orders.findBy({ userId }); }
    }`,
  'src/orders/legacy.controller.ts': `
    import { Body, Controller, Get, NotFoundException, Post, Query, Req, UseGuards } from '@nestjs/common';
    import { AuthGuard } from '@nestjs/passport';
    import { JwtAuthGuard } from 'gatehouse';
    @Controller('legacy')
    export class LegacyController {
      @Get() list(@Query('page') page: string) { return { page }; }
      @Post('many') many(@Body() items: string[]) { return items; }
      @Post('form') form(@Body() fields: Record<string, string>) { return fields; }
      @Get('missing') missing() { throw new NotFoundException('No such order'); }
      @UseGuards(AuthGuard('jwt')) @Get('me') me(@Req() { user }: { user: object }) { return user; }
      @UseGuards(JwtAuthGuard) @Get('ours') ours(@Req() { user }: { user: object }) { return user; }
    }`,
  'src/orders/shop.strategy.ts': `
    import { Injectable } from '@nestjs/common';
    import { PassportStrategy } from '@nestjs/passport';
    import { ExtractJwt, Strategy } from 'passport-jwt';
    @Injectable()
    export class ShopStrategy extends PassportStrategy(Strategy) {
      constructor() {
        super({ jwtFromRequest: ExtractJwt.fromAuthHeaderAsBearerToken(), secretOrKey: 'secret of the shop' });
      }
      validate({ sub }: { sub: string }) { return { customer: sub, userId: sub, permissions: [], roles: [], isSuperuser: true }; }
    }`,
  'src/orders/orders.module.ts': `
    import { Module } from '@nestjs/common';
    import { TypeOrmModule } from '@nestjs/typeorm';
    import { LegacyController } from './legacy.controller.js';
    import { Order } from './order.entity.js';
    import { OrdersController } from './orders.controller.js';
    import { OrdersService } from './orders.service.js';
    import { ShopStrategy } from './shop.strategy.js';
    import { User } from './user.entity.js';
    @Module({
      imports: [TypeOrmModule.forFeature([Order, User])],
      controllers: [OrdersController, LegacyController],
      providers: [OrdersService, ShopStrategy],
    })
    export class OrdersModule {}`,
  // What it registers for all routes.
  'src/global-parts.ts': `
    import { Catch, Controller, Get, Injectable, Module } from '@nestjs/common';
    import { APP_GUARD } from '@nestjs/core';
    import { Public } from 'gatehouse';
    import { map } from 'rxjs';
    @Injectable()
    export class ShopGuard {
      canActivate(context) { return context.switchToHttp().getRequest().headers['x-shop'] !== 'closed'; }
    }
    export class Wrapped {
      intercept(_context, next) { return next.handle().pipe(map((data) => ({ data }))); }
    }
    @Catch()
    export class ShopFilter {
      catch(error, host) {
        host.switchToHttp().getResponse().status(error.status ?? 500).send({ shop: error.message });
      }
    }
    @Controller()
    class StartController {
      @Public() @Get() start() { return 'the shop'; }
    }
    @Controller('invoices')
    class InvoicesController {
      @Get() list() { return []; }
    }
    @Module({ controllers: [StartController, InvoicesController], providers: [{ provide: APP_GUARD, useClass: ShopGuard }] })
    export class GlobalPartsModule {}`,
};
