/** `-c name=value`, `-cname=value` and `--name=value`; blanks in a value are escaped. */
const SETTING = /(?:^|\s)(?:-c\s*|--)([\w.-]+)=((?:\\.|[^\s\\])*)/g;

/** The settings that `options=` of an address asks for, such as `-c search_path=auth`. */
export function settingsIn(url: string): Record<string, string> {
  const options = new URL(url).searchParams.get('options') ?? '';
  const found = [...options.matchAll(SETTING)];
  return Object.fromEntries(
    found.map(([, name, value]) => [name!.replaceAll('-', '_'), value!.replaceAll(/\\(.)/g, '$1')]),
  );
}

/** The address with a schema in front of its search path: what is behind it has the extensions. */
export function withSchema(url: string, schema: string): string {
  const address = new URL(url);
  const { search_path: before = 'public' } = settingsIn(url);
  const path = `"${schema}",${before}`.replaceAll(/\s/g, '\\$&');
  const options = address.searchParams.get('options');
  address.searchParams.set('options', `${options ? `${options} ` : ''}-c search_path=${path}`);
  return address.href;
}

/** The address without them. What else is in `options=` stays: some poolers are told there which database is meant. */
export function withoutSettings(url: string): string {
  const address = new URL(url);
  const options = address.searchParams.get('options');
  if (options === null) return url;
  const rest = options.replaceAll(SETTING, '').trim();
  if (rest === '') address.searchParams.delete('options');
  else address.searchParams.set('options', rest);
  return address.href;
}
