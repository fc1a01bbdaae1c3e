import type { OpenAPIObject } from '@nestjs/swagger';
import { type Operation, operationsIn } from '../../src/testing/attacks/operations.js';
import type { HttpClient } from './http.js';

export type { Operation, Schema } from '../../src/testing/attacks/operations.js';

/** Every operation of an application that was started with SWAGGER=on. `id` is the value of each parameter. */
export async function operationsOf(http: HttpClient, id: string): Promise<Operation[]> {
  const { body } = await http.get<OpenAPIObject & object>('/docs/openapi.json');
  return operationsIn(body).map((one) => ({ ...one, path: one.path.replaceAll(/\{\w+\}/g, id) }));
}
