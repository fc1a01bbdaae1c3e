/** A form of a page, as a browser would send it. */
export interface ShownForm {
  method: string;
  fields: [string, string][];
  buttons: { label: string; action: string }[];
}

/** The addresses on this site that a page links to, without fragments. */
export function linksIn(html: string): string[] {
  const hrefs = [...html.matchAll(/<a\s[^>]*?href="([^"]*)"/g)].map(([, href]) => decoded(href!));
  return [...new Set(hrefs.filter((href) => href.startsWith('/')))];
}

/** The forms of a page. */
export function formsIn(html: string): ShownForm[] {
  return [...html.matchAll(/<form([^>]*)>([\s\S]*?)<\/form>/g)].map(([, form, content]) => {
    const own = attributesOf(form!);
    const shown = content!.replaceAll(/<fieldset[^>]*\sdisabled[\s\S]*?<\/fieldset>/g, '');
    const inputs = [...shown.matchAll(/<input([^>]*)>/g)]
      .map(([, input]) => attributesOf(input!))
      .filter((input) => input.name !== undefined && input.disabled === undefined)
      .filter(({ type, checked }) => type !== 'checkbox' || checked !== undefined);
    const areas = [...shown.matchAll(/<textarea([^>]*)>([^<]*)/g)].map(
      ([, area, text]) => [attributesOf(area!).name!, decoded(text!)] as [string, string],
    );
    const selects = [...shown.matchAll(/<select([^>]*)>([\s\S]*?)<\/select>/g)].map(
      ([, select, options]): [string, string] => {
        const all = [...options!.matchAll(/<option([^>]*)>/g)].map(([, one]) => attributesOf(one!));
        const chosen = all.find(({ selected }) => selected !== undefined) ?? all[0];
        return [attributesOf(select!).name!, chosen?.value ?? ''];
      },
    );
    const buttons = [...content!.matchAll(/<button([^>]*)>([\s\S]*?)<\/button>/g)].map(
      ([, button, label]) => ({
        label: decoded(label!),
        action: attributesOf(button!).formaction ?? own.action ?? '',
      }),
    );
    const fields = inputs.map(({ name, value, type }): [string, string] => [
      name!,
      value ?? (type === 'checkbox' ? 'on' : ''),
    ]);
    return { method: own.method ?? 'get', fields: [...fields, ...areas, ...selects], buttons };
  });
}

function attributesOf(tag: string): Record<string, string> {
  return Object.fromEntries(
    [...tag.matchAll(/([\w.:-]+)(?:="([^"]*)")?/g)].map(([, name, value]) => [
      name!.toLowerCase(),
      decoded(value ?? ''),
    ]),
  );
}

function decoded(text: string): string {
  return text
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&amp;', '&');
}
