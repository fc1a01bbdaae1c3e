import ms, { type StringValue } from 'ms';
import { isOneLine } from '../../common/text.js';
import type { SettingRule } from './define-settings.js';

const DURATION = /^[1-9]\d{0,6}(s|m|h|d)$/;

/** The value of a setting, or what it must be instead: the end of a sentence. */
export type Reading = { value: string | number | boolean } | { mustBe: string };

/** Reads the text of a setting by its rule. */
export function readSetting(rule: SettingRule, text: string): Reading {
  switch (rule.type) {
    case 'text':
      return readText(rule, text);
    case 'url':
      return /^https?:\/\/\S+$/.test(text) && URL.canParse(text)
        ? { value: text }
        : { mustBe: 'be an address that begins with https:// or http://' };
    case 'integer':
      return readInteger(rule, text);
    case 'duration':
      return DURATION.test(text)
        ? { value: ms(text as StringValue) }
        : { mustBe: 'be a whole number with a unit (s, m, h or d), such as 10m' };
    case 'switch':
      return text === 'on' || text === 'off'
        ? { value: text === 'on' }
        : { mustBe: 'be on or off' };
    default:
      return rule.of.includes(text)
        ? { value: text }
        : { mustBe: `be one of ${rule.of.join(', ')}` };
  }
}

function readText({ pattern }: { pattern?: RegExp }, text: string): Reading {
  if (!isOneLine(text)) return { mustBe: 'be one line without invisible characters' };
  // A pattern with the flag g or y goes on where its last match ended.
  if (pattern) pattern.lastIndex = 0;
  const isAlike = !pattern || pattern.test(text);
  return isAlike ? { value: text } : { mustBe: `look like ${String(pattern)}` };
}

function readInteger(
  { min = Number.MIN_SAFE_INTEGER, max = Number.MAX_SAFE_INTEGER }: { min?: number; max?: number },
  text: string,
): Reading {
  const value = Number(text);
  if (!/^-?\d+$/.test(text)) return { mustBe: 'be a whole number' };
  return value >= min && value <= max ? { value } : { mustBe: `be from ${min} to ${max}` };
}
