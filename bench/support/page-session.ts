import { PASSWORD } from './accounts.js';

/** Signs in as a browser does; returns what it sends as `Cookie` from then on. */
export async function signInByPage(url: string, username: string): Promise<string> {
  const jar = new Map<string, string>();
  const keep = (response: Response) => {
    for (const cookie of response.headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(cookie)!;
      jar.set(name!, value!);
    }
  };
  const cookies = () => [...jar].map(([name, value]) => `${name}=${value}`).join('; ');
  const page = await fetch(`${url}/accounts/login`);
  keep(page);
  const token = /name="_token" value="([^"]+)"/.exec(await page.text())![1]!;
  const answer = await fetch(`${url}/accounts/login`, {
    method: 'POST',
    redirect: 'manual',
    headers: {
      'content-type': 'application/x-www-form-urlencoded',
      'sec-fetch-site': 'same-origin',
      cookie: cookies(),
    },
    body: new URLSearchParams({ username, password: PASSWORD, _token: token }).toString(),
  });
  if (answer.status !== 303) throw new Error(`${username} could not sign in: ${answer.status}`);
  keep(answer);
  // The first page after it gives the browser its token for forms.
  keep(await fetch(`${url}/accounts/profile`, { headers: { cookie: cookies() } }));
  return cookies();
}
