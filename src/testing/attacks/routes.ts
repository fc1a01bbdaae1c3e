import { ROUTE_ARGS_METADATA } from '@nestjs/common/constants.js';
import { RouteParamtypes } from '@nestjs/common/enums/route-paramtypes.enum.js';
import { DiscoveryService } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { Access } from '../../access/access.js';
import { isOfPages } from '../../access/page-route.js';
import { methodsOf, routesOf } from '../../access/routes.js';
import { BODY_LIMIT, bytesOf } from '../../http/body-limit.decorator.js';
import { openApiDocumentOf } from '../../server/openapi.js';
import { controllersOfGatehouse } from '../../server/own-controllers.js';
import { operationsIn, type Schema } from './operations.js';

/** A route of the product's API. */
export interface AttackedRoute {
  /** `POST /api/articles`. */
  name: string;
  method: string;
  path: string;
  access: Access;
  takesBody: boolean;
  /** What its body may contain, as far as it is documented. */
  properties: Record<string, Schema>;
  /** The examples of the documentation. */
  example: Record<string, unknown>;
  /** Bytes. */
  bodyLimit: number;
}

/** The routes of an application that are not of Gatehouse, without those of pages. */
export function routesOfProduct(nest: NestFastifyApplication): AttackedRoute[] {
  const ours = controllersOfGatehouse(nest);
  const controllers = nest
    .get(DiscoveryService, { strict: false })
    .getControllers()
    .filter(({ metatype }) => !ours.has(metatype) && !isOfPages(metatype as object));
  const handlers = new Map(
    methodsOf(controllers).map((one) => [`${one.className}_${one.name}`, one]),
  );
  const operations = operationsIn(openApiDocumentOf(nest));
  const { bodyLimit = 0 } = nest.getHttpAdapter().getInstance().initialConfig;
  return routesOf(controllers).map(({ method, path, handler, access }) => {
    const { type, handler: code, name } = handlers.get(handler)!;
    const operation = operations.find(
      (one) => one.method === method && one.path === path.replaceAll(/:(\w+)/g, '{$1}'),
    );
    const stated = [code, type].map((target) =>
      bytesOf(Reflect.getMetadata(BODY_LIMIT, target) as unknown),
    );
    return {
      name: `${method} ${path}`,
      method,
      path,
      access,
      takesBody: takesBody(type, name),
      properties: operation?.properties ?? {},
      example: operation?.body ?? {},
      bodyLimit: stated.find((bytes) => bytes !== undefined) ?? bodyLimit,
    };
  });
}

function takesBody(controller: object, handler: string): boolean {
  const parameters = Reflect.getMetadata(ROUTE_ARGS_METADATA, controller, handler) as
    Record<string, unknown> | undefined;
  return Object.keys(parameters ?? {}).some((key) => key.startsWith(`${RouteParamtypes.BODY}:`));
}
