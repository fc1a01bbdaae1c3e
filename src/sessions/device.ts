import Bowser from 'bowser';

const MAX_LENGTH = 100;

/** A device in words, from its User-Agent: "Firefox on Linux". What is no browser is named as it names itself. */
export function describeDevice(userAgent: string): string {
  if (userAgent === '') return 'Unknown device';
  const { browser, os, platform } = Bowser.parse(userAgent);
  const system = os.name ?? (platform.vendor === 'Apple' ? 'Apple' : undefined);
  const name = browser.name || /^[^\s/;()]+/.exec(userAgent)?.[0] || 'Unknown device';
  const words = system ? `${name} on ${system}` : name;
  return words.replaceAll(/[^\p{L}\p{N} ._+-]/gu, '').slice(0, MAX_LENGTH) || 'Unknown device';
}
