import type { Provider } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { OperatorError } from '../../common/operator-error.js';
import { AppConfig } from './app-config.js';
import { GivenConfig } from './config.module.js';
import { RunMode } from './run-mode.js';

/**
 * The configuration, for the module of Gatehouse itself. In an application that was created without it, they stop the
 * start with a sentence, before Nest reports the first class that cannot be made.
 */
export const EXPECTED_CONFIG: Provider[] = [
  provide(AppConfig, ({ config }) => config),
  provide(RunMode, ({ mode }) => mode),
];

function provide<T>(token: abstract new () => T, valueIn: (given: GivenConfig) => T): Provider {
  return {
    provide: token,
    inject: [{ token: GivenConfig, optional: true }, HttpAdapterHost],
    useFactory: (given: GivenConfig | undefined, { httpAdapter }: Partial<HttpAdapterHost>) => {
      if (given) return valueIn(given);
      const isOnFastify = httpAdapter === undefined || httpAdapter.getType() === 'fastify';
      throw new OperatorError(
        isOnFastify
          ? "This application was created without Gatehouse. Create it with createApp(AppModule) from 'gatehouse' instead of NestFactory.create()."
          : "Gatehouse runs on Fastify, and this application on Express. Create it with createApp(AppModule) from 'gatehouse' instead of NestFactory.create().",
      );
    },
  };
}
