import type {
  ArgumentsHost,
  CanActivate,
  ExceptionFilter,
  ExecutionContext,
  NestInterceptor,
  PipeTransform,
} from '@nestjs/common';
import { ApplicationConfig, BaseExceptionFilter, DiscoveryService } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { accessOf } from '../access/access.js';
import { OwnGuards } from '../access/own-guards.js';
import { RequestValidationPipe } from '../http/validation.pipe.js';
import { PageErrorFilter } from '../site/kit/page-error.filter.js';
import { type Side, SidesOfArguments } from './argument-sides.js';
import { addressOwnRoutes } from './own-addresses.js';
import { controllersOfGatehouse } from './own-controllers.js';

/**
 * Keeps what an existing application registers for all routes (prefix, versions, guards, pipes, interceptors, filters)
 * off the routes of Gatehouse, and what Gatehouse registers off the routes that `existing.unguarded` names. Every other
 * route passes both: first Gatehouse, then the application. Has to be called when all of that is registered, and no
 * route is. Global parts of the scope of a request are left as they are.
 */
export function keepApart(app: NestFastifyApplication): void {
  const config = app.get(ApplicationConfig);
  const controllers = app.get(DiscoveryService, { strict: false }).getControllers();
  const ours = controllersOfGatehouse(app);
  addressOwnRoutes(app, config, ours);

  const sideOf = (controller: object, handler: object): Side => {
    if (ours.has(controller)) return 'gatehouse';
    return accessOf(controller, handler).isUnguarded ? 'unguarded' : 'application';
  };
  const sides = new WeakMap<object, Side>();
  const sideOfRequest = (host: ArgumentsHost) => sides.get(host.switchToHttp().getRequest());
  const remember: CanActivate = {
    canActivate(context) {
      const side = sideOf(context.getClass(), context.getHandler());
      sides.set(context.switchToHttp().getRequest<object>(), side);
      return true;
    },
  };
  const isOwnRoute = (context: ExecutionContext) => ours.has(context.getClass());
  const ownGuards = app.get(OwnGuards, { strict: false });
  const argumentSides = new SidesOfArguments(controllers, sideOf);
  const ownFilter = app.get(PageErrorFilter, { strict: false });
  const filterOfNest = new BaseExceptionFilter(app.getHttpAdapter());

  replace<CanActivate>(config.getGlobalGuards(), (all) => {
    const [own, others] = parted(all, (guard) => ownGuards.has(guard));
    return [
      remember,
      ...own,
      ...others.map((guard) =>
        like(guard, {
          canActivate: (context) => isOwnRoute(context) || guard.canActivate(context),
        }),
      ),
    ];
  });
  replace<PipeTransform>(config.getGlobalPipes(), (all) => {
    const [own, others] = parted(all, (pipe) => pipe instanceof RequestValidationPipe);
    return [
      ...own.map((pipe) => except(argumentSides, 'unguarded', pipe)),
      ...others.map((pipe) => except(argumentSides, 'gatehouse', pipe)),
    ];
  });
  replace<NestInterceptor>(config.getGlobalInterceptors(), (all) =>
    all.map((interceptor) =>
      like(interceptor, {
        intercept: (context, next) =>
          isOwnRoute(context) ? next.handle() : interceptor.intercept(context, next),
      }),
    ),
  );
  replace<ExceptionFilter>(config.getGlobalFilters(), (all) =>
    all.map((filter) => {
      const isOwn = filter === ownFilter;
      const [side, other] = isOwn ? ['unguarded', filterOfNest] : ['gatehouse', ownFilter];
      return like(filter, {
        catch: (thrown: unknown, host: ArgumentsHost): unknown => {
          const chosen: ExceptionFilter = sideOfRequest(host) === side ? other : filter;
          const answer = chosen.catch.bind(chosen);
          return answer(thrown, host);
        },
      });
    }),
  );
}

/** A pipe that leaves arguments of routes of one side as they are. */
function except(sides: SidesOfArguments, side: Side, pipe: PipeTransform): PipeTransform {
  return like(pipe, {
    transform: (value: unknown, argument) =>
      sides.isOnly(side, argument) ? value : (pipe.transform(value, argument) as unknown),
  });
}

/** Nest keeps these lists, and reads them when it makes the routes. */
function replace<Part>(list: Part[], change: (all: Part[]) => Part[]): void {
  list.splice(0, list.length, ...change([...list]));
}

function parted<Part>(all: Part[], isFirst: (part: Part) => boolean): [Part[], Part[]] {
  return [all.filter(isFirst), all.filter((part) => !isFirst(part))];
}

/** A part of the same class, which Nest looks at, with another method. */
function like<Part extends object>(part: Part, methods: Partial<Part>): Part {
  const changed = Object.entries(methods).map(([name, value]) => [name, { value }] as const);
  return Object.create(part, Object.fromEntries(changed)) as Part;
}
