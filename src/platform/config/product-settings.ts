import type { Type } from '@nestjs/common';
import { DeclarationError } from '../../common/declaration-error.js';
import type { Declarations } from '../../common/declarations.js';
import type { AppConfig } from './app-config.js';
import { ConfigError } from './config-error.js';
import { SETTING_DEFINITIONS, type SettingRule, type SettingRules } from './define-settings.js';
import { isOurVariable } from './our-variables.js';
import { readSetting } from './read-setting.js';
import { withSecretFiles } from './secret-files.js';

const NAME = /^[A-Z][A-Z0-9]*(_[A-Z0-9]+)*$/;
const TYPES = new Set<string>(['text', 'url', 'integer', 'duration', 'switch', 'choice']);

type Variables = Record<string, string | undefined>;

interface SettingsClass {
  type: Type<object>;
  rules: SettingRules;
}

/** Throws `DeclarationError` for settings of the product that cannot be. */
export async function checkSettings(declarations: Declarations): Promise<void> {
  await classesOf(declarations);
}

/**
 * Adds the settings of the product to a configuration. Throws `ConfigError` with one sentence for each that is missing or
 * wrong.
 */
export async function withSettings(
  config: AppConfig,
  declarations: Declarations,
  variables: Variables = process.env,
): Promise<AppConfig> {
  const { settings, problems } = await readSettings(declarations, variables);
  if (problems.length > 0) throw new ConfigError(problems);
  return Object.freeze(Object.assign({}, config, { settings: Object.freeze(settings) }));
}

/** One frozen object for each class of settings, and one sentence for each setting that is missing or wrong. */
export async function readSettings(
  declarations: Declarations,
  given: Variables = process.env,
): Promise<{ settings: object[]; problems: string[] }> {
  const classes = await classesOf(declarations);
  const rules: SettingRules = Object.assign({}, ...classes.map((one) => one.rules));
  const { variables, problems: unreadable } = withSecretFiles(
    given,
    (name) => rules[name]?.secret === true,
  );
  const problems = unreadable.map(({ sentence }) => sentence);
  const isUnreadable = (name: string) => unreadable.some((one) => one.name === name);
  const settings = classes.map(({ type, rules: own }) => {
    const values = Object.entries(own).map(([name, rule]) => {
      const result = valueOf(name, rule, variables[name]?.trim());
      if ('problem' in result && !isUnreadable(name)) problems.push(result.problem);
      return [name, 'value' in result ? result.value : undefined];
    });
    return Object.freeze(Object.assign(new type(), Object.fromEntries(values))) as object;
  });
  return { settings, problems };
}

function valueOf(
  name: string,
  rule: SettingRule,
  given: string | undefined,
): { value: unknown } | { problem: string } {
  const { help, optional } = rule;
  const text = given || rule.default;
  if (text === undefined) {
    if (optional) return { value: undefined };
    return { problem: `${name} is required${help ? `: ${help}` : ''}.` };
  }
  const reading = readSetting(rule, text);
  return 'value' in reading ? reading : { problem: `${name} must ${reading.mustBe}.` };
}

async function classesOf(declarations: Declarations): Promise<SettingsClass[]> {
  const files = new Map<string, string>();
  const declared = await declarations.definitionsOf('settings', SETTING_DEFINITIONS);
  return declared.map(({ definition: rules, handle, file }) => {
    for (const [name, rule] of Object.entries(rules)) {
      const fault = faultOf(name, rule, files.get(name));
      if (fault) throw new DeclarationError(file, fault);
      files.set(name, file);
    }
    return { type: handle as Type<object>, rules };
  });
}

function faultOf(name: string, rule: SettingRule, otherFile?: string): string | undefined {
  if (!NAME.test(name) || name.endsWith('_FILE')) {
    return `"${name}" is no name of a setting; name it in capitals, such as DIRECTORY_URL, and not ending in _FILE.`;
  }
  if (isOurVariable(name)) return `Gatehouse itself reads ${name}; choose another name.`;
  if (otherFile !== undefined) return `the setting ${name} is also defined in ${otherFile}.`;
  if (!TYPES.has(rule.type)) {
    return `the type of the setting ${name} is "${rule.type}"; it must be one of ${[...TYPES].join(', ')}.`;
  }
  if (rule.default === undefined) return undefined;
  if (rule.secret) return `the setting ${name} is a secret, which has no default.`;
  const reading = readSetting(rule, rule.default);
  return 'value' in reading
    ? undefined
    : `the default of the setting ${name} must ${reading.mustBe}.`;
}
