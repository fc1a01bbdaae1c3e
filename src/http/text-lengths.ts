import { ValidationError } from 'class-validator';
import { rulesOf } from './validation-findings.js';

type Rule = ReturnType<typeof rulesOf>[number];

/**
 * Adds to what class-validator found the texts that are longer than `@MaxLength` or `@Length` allows in code
 * points, as OpenAPI's `maxLength` and PostgreSQL's `varchar(n)` count. The library counts an emoji with its
 * variation selector as one.
 */
export function addTooLongTexts(dto: object, errors: ValidationError[]): void {
  for (const rule of rulesOf(dto)) {
    const value = (dto as Record<string, unknown>)[rule.propertyName];
    const texts: unknown[] = rule.each && Array.isArray(value) ? value : [value];
    const maximum = maximumOf(rule);
    if (!texts.some((text) => typeof text === 'string' && Array.from(text).length > maximum))
      continue;
    let error = errors.find(({ property }) => property === rule.propertyName);
    if (!error) {
      error = Object.assign(new ValidationError(), {
        target: dto,
        property: rule.propertyName,
        value,
      });
      errors.push(error);
    }
    error.constraints = { maxLength: messageOf(rule, maximum), ...error.constraints };
  }
}

function maximumOf({ name, constraints }: Rule): number {
  const values = (constraints ?? []) as number[];
  if (name === 'maxLength') return values[0]!;
  return (name === 'isLength' ? values[1] : undefined) ?? Infinity;
}

/** What the decorator says, unless the library has to fill it in. */
function messageOf({ message }: Rule, maximum: number): string {
  return typeof message === 'string' && !message.includes('$')
    ? message
    : `This must have at most ${maximum} characters.`;
}
