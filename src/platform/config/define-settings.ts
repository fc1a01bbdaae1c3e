import type { Type } from '@nestjs/common';
import { Definitions } from '../../common/definitions.js';

interface SettingBase {
  /** What it is, as the end of a sentence: "the address of the directory". A start without it says so. */
  help?: string;
  /** Without it the property is undefined, and the start goes on. */
  optional?: boolean;
  /** Its value where it is not set, as text, as the environment would have it. */
  default?: string;
  /** It may be given as `<NAME>_FILE` instead, the path of a file that holds it. */
  secret?: boolean;
}

/**
 * One setting. `text` is one line, `url` begins with http:// or https://, `integer` becomes a number, `duration` (`10m`)
 * becomes milliseconds, `switch` (`on` or `off`) a boolean, and `choice` is one of a few words.
 */
export type SettingRule = SettingBase &
  (
    | { type: 'text'; /** What it has to look like. */ pattern?: RegExp }
    | { type: 'url' }
    | { type: 'integer'; min?: number; max?: number }
    | { type: 'duration' }
    | { type: 'switch' }
    | { type: 'choice'; of: readonly string[] }
  );

type ValueOf<Rule extends SettingRule> = Rule extends {
  type: 'choice';
  of: readonly (infer Word)[];
}
  ? Word
  : {
      text: string;
      url: string;
      integer: number;
      duration: number;
      switch: boolean;
      choice: string;
    }[Rule['type']];

/** The values of settings, by the names of their variables. */
export type SettingValues<Rules extends Readonly<Record<string, SettingRule>>> = {
  readonly [Name in keyof Rules]: Rules[Name] extends { optional: true }
    ? ValueOf<Rules[Name]> | undefined
    : ValueOf<Rules[Name]>;
};

/** What a class of settings reads. */
export type SettingRules = Readonly<Record<string, SettingRule>>;

export const SETTING_DEFINITIONS = new Definitions<SettingRules>('defineSettings');

/**
 * Declares settings of a product, in a file named `*.settings.ts` below its `root`. They are read from the environment and
 * `.env` when the process starts, and the class is injected anywhere.
 *
 * ```ts
 * export class ArticleSettings extends defineSettings({
 *   DIRECTORY_URL: { type: 'url', help: 'the address of the directory' },
 *   DIRECTORY_TOKEN: { type: 'text', secret: true },
 *   FEED_SIZE: { type: 'integer', min: 1, max: 100, default: '20' },
 * }) {}
 * constructor(private readonly settings: ArticleSettings) {}
 * ```
 *
 * A setting that is missing or wrong stops the start with a sentence that names it, listed together with Gatehouse's own.
 * The value of a setting is never printed. The start also stops at a name that is not in capitals or is taken, and at a default
 * that its own rule refuses.
 */
export function defineSettings<const Rules extends SettingRules>(
  rules: Rules,
): Type<SettingValues<Rules>> {
  class Settings {}
  return SETTING_DEFINITIONS.record(Settings, rules) as Type<SettingValues<Rules>>;
}
