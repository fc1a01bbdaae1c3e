import { applyDecorators, SetMetadata } from '@nestjs/common';
import { ApiExtension } from '@nestjs/swagger';

export const IS_PUBLIC = 'gatehouse:public';
/** Marks the operation in the OpenAPI document; `openapi.ts` turns it into "no security". */
export const PUBLIC_EXTENSION = 'x-public';

/** Opens a handler or a controller to callers who are not signed in. Everything else is closed. */
export const Public = () =>
  applyDecorators(SetMetadata(IS_PUBLIC, true), ApiExtension(PUBLIC_EXTENSION, true));
