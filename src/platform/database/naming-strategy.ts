import { DefaultNamingStrategy } from 'typeorm';
import { snakeCase } from 'typeorm/util/StringUtils.js';

/**
 * Properties in camelCase, columns in snake_case: `createdAt` is `created_at`. Constraints and
 * indexes keep TypeORM's derived names unless an entity names them.
 */
export class SnakeNamingStrategy extends DefaultNamingStrategy {
  override columnName(property: string, customName: string, prefixes: string[]): string {
    return snakeCase([...prefixes, customName || property].join('_'));
  }

  override relationName(property: string): string {
    return snakeCase(property);
  }

  override joinColumnName(relation: string, referencedColumn: string): string {
    return snakeCase(`${relation}_${referencedColumn}`);
  }
}
