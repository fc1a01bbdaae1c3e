import {
  isGithub,
  presetOf,
  type ProviderSettings,
  weaknessOfIssuer,
} from './provider-settings.js';

const VARIABLE =
  /^OIDC_([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)*?)_(ISSUER|CLIENT_ID|CLIENT_SECRET|SCOPES|LABEL|TRUST_EMAIL|TEAM_ID|KEY_ID)$/;
const MAX_NAME_LENGTH = 30;

type Part =
  | 'ISSUER'
  | 'CLIENT_ID'
  | 'CLIENT_SECRET'
  | 'SCOPES'
  | 'LABEL'
  | 'TRUST_EMAIL'
  | 'TEAM_ID'
  | 'KEY_ID';
type Parts = Partial<Record<Part, string>>;

/**
 * The providers that `OIDC_<NAME>_…` describe, by name, and one sentence for each variable that is wrong or
 * missing.
 * @param allowsLoopback whether an issuer may be on this machine
 */
export function providersFrom(
  variables: Record<string, string | undefined>,
  allowsLoopback: boolean,
): { providers: ProviderSettings[]; problems: string[] } {
  const problems: string[] = [];
  const providers = [...groupedByName(variables)]
    .toSorted(([a], [b]) => a.localeCompare(b, 'en'))
    .map(([key, parts]) => {
      const provider = providerOf(key, parts);
      problems.push(...problemsOf(key, parts, provider, allowsLoopback));
      return provider;
    });
  return { providers, problems };
}

function groupedByName(variables: Record<string, string | undefined>): Map<string, Parts> {
  const groups = new Map<string, Parts>();
  for (const [variable, text] of Object.entries(variables)) {
    const [, key, part] = VARIABLE.exec(variable) ?? [];
    const value = text?.trim();
    if (key && part && value) groups.set(key, { ...groups.get(key), [part]: value });
  }
  return groups;
}

function providerOf(key: string, parts: Parts): ProviderSettings {
  const name = key.toLowerCase().replaceAll('_', '-');
  const preset = presetOf(name);
  const isApple = name === 'apple';
  return {
    name,
    label: parts.LABEL ?? preset.label,
    issuer: parts.ISSUER ?? preset.issuer ?? '',
    clientId: parts.CLIENT_ID ?? '',
    // A key has lines, which few places keep in a variable.
    clientSecret: (parts.CLIENT_SECRET ?? '').replaceAll(String.raw`\n`, '\n'),
    scopes: parts.SCOPES ?? preset.scopes,
    trustsEmail: parts.TRUST_EMAIL === 'on',
    ...(isApple && { apple: { teamId: parts.TEAM_ID ?? '', keyId: parts.KEY_ID ?? '' } }),
  };
}

function problemsOf(
  key: string,
  parts: Parts,
  provider: ProviderSettings,
  allowsLoopback: boolean,
): string[] {
  const required: Part[] = ['CLIENT_ID', 'CLIENT_SECRET'];
  if (provider.apple) required.push('TEAM_ID', 'KEY_ID');
  if (!presetOf(provider.name).issuer) required.push('ISSUER');
  const problems = required
    .filter((part) => !parts[part])
    .map((part) => `OIDC_${key}_${part} is required for the provider ${provider.name}.`);
  const weakness = provider.issuer && weaknessOfIssuer(provider.issuer, allowsLoopback);
  if (weakness) problems.push(`OIDC_${key}_ISSUER ${weakness}`);
  if (provider.name.length > MAX_NAME_LENGTH) {
    problems.push(
      `OIDC_${key}_CLIENT_ID names a provider with more than ${MAX_NAME_LENGTH} letters.`,
    );
  }
  if (parts.TRUST_EMAIL && !['on', 'off'].includes(parts.TRUST_EMAIL)) {
    problems.push(`OIDC_${key}_TRUST_EMAIL must be on or off.`);
  }
  if (!isGithub(provider) && !provider.scopes.split(/\s+/).includes('openid')) {
    problems.push(`OIDC_${key}_SCOPES must contain openid.`);
  }
  return problems;
}
