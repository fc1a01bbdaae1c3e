import { RequestMethod, VERSION_NEUTRAL } from '@nestjs/common';
import { VERSION_METADATA } from '@nestjs/common/constants.js';
import type { ApplicationConfig } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { routesOf } from '../access/routes.js';

/** Leaves the routes of Gatehouse where its documents say, whatever prefix and versions the application has. */
export function addressOwnRoutes(
  app: NestFastifyApplication,
  config: ApplicationConfig,
  ours: ReadonlySet<unknown>,
): void {
  const prefix = config.getGlobalPrefix();
  if (prefix !== '') {
    const before = config.getGlobalPrefixOptions();
    const own = routesOf([...ours].map((metatype) => ({ metatype }))).map(({ method, path }) => ({
      method: RequestMethod[method as keyof typeof RequestMethod],
      path,
    }));
    // Nest translates them.
    app.setGlobalPrefix(prefix, { exclude: own });
    const { exclude = [] } = config.getGlobalPrefixOptions();
    config.setGlobalPrefixOptions({
      ...before,
      exclude: [...(before.exclude ?? []), ...exclude],
    });
  }
  if (config.getVersioning() === undefined) return;
  for (const controller of ours as ReadonlySet<object>) {
    Reflect.defineMetadata(VERSION_METADATA, VERSION_NEUTRAL, controller);
  }
}
