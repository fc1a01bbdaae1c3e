import { methodsOf } from '../access/routes.js';
import { OperatorError } from '../common/operator-error.js';
import { isOneLine } from '../common/text.js';

/** Where Swagger keeps what `@ApiTags()` says. */
const TAGS = 'swagger/apiUseTags';

const OURS = {
  Authentication: 'Open an account, sign in, refresh, sign out',
  Account: 'Your own account',
  Users: 'Other people’s accounts',
  Roles: 'Roles, and what they grant',
  'Identity providers': 'By whom people can sign in',
  Audit: 'What happened',
  Keys: 'For services that verify access tokens themselves',
  Health: 'For load balancers and orchestrators',
};

/** The option `apiTags` of `GatehouseModule.forRoot()`. */
export abstract class ApiTagsOption {
  abstract readonly tags: Readonly<Record<string, string>>;
}

/**
 * The tags of the OpenAPI document with their descriptions: ours, then those of the product, which may describe ours anew.
 * Throws `OperatorError` for a tag without a description, and for one that no controller has.
 */
export function describedTags(
  { tags }: ApiTagsOption,
  controllers: { metatype: unknown }[],
): Record<string, string> {
  const used = tagsOf(controllers);
  for (const [name, description] of Object.entries(tags)) {
    if (typeof description !== 'string' || description.trim() === '' || !isOneLine(description)) {
      throw new OperatorError(
        `forRoot({ apiTags }): the description of "${name}" must be one line of text.`,
      );
    }
    if (used.has(name)) continue;
    throw new OperatorError(
      `forRoot({ apiTags }): no controller has @ApiTags('${name}'). There are: ${[...used].toSorted().join(', ')}.`,
    );
  }
  return { ...OURS, ...tags };
}

/** What `@ApiTags()` says on controllers and handlers. */
function tagsOf(controllers: { metatype: unknown }[]): Set<string> {
  const stated = methodsOf(controllers).flatMap(({ type, handler }) =>
    [type, handler].flatMap(
      (target) => (Reflect.getMetadata(TAGS, target) as string[] | undefined) ?? [],
    ),
  );
  return new Set(stated);
}
