import { type DynamicModule, Module, type ModuleMetadata, type Type } from '@nestjs/common';
import type { AuthenticationBackend } from './authentication-backend.js';
import { AuthenticationBackends } from './authentication-backends.js';

/** The ways to authenticate, and the modules that they come from. */
export interface AuthenticationBackendList {
  imports: NonNullable<ModuleMetadata['imports']>;
  /** In the order in which they are asked. */
  backends: Type<AuthenticationBackend>[];
}

/** Makes the ordered list of ways to authenticate injectable everywhere. */
@Module({})
export class AuthenticationBackendsModule {
  static forRoot({ imports, backends }: AuthenticationBackendList): DynamicModule {
    return {
      module: AuthenticationBackendsModule,
      global: true,
      imports,
      providers: [
        {
          provide: AuthenticationBackends,
          inject: backends,
          useFactory: (...list: AuthenticationBackend[]) => new AuthenticationBackends(list),
        },
      ],
      exports: [AuthenticationBackends],
    };
  }
}
