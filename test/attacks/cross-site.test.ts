import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { superuserSession } from '../support/administrators.js';
import { PUBLIC_URL, startApp, type TestApp } from '../support/app.js';
import type { HttpClient } from '../support/http.js';
import { browserOf } from '../support/page-cookies.js';
import { API_ROUTES, FORMS, ROUTES, sendRaw } from '../support/route-table.js';

const FORM = 'application/x-www-form-urlencoded';
const WRITES = API_ROUTES.filter(({ method }) => method !== 'GET');
/** What a page of another site can send without asking first (the Fetch standard, "CORS-safelisted"). */
const SAFELISTED = [FORM, 'text/plain', 'multipart/form-data; boundary=x', ''];

describe('a page of another site, in the browser of a superuser', () => {
  let app: TestApp;
  let accessToken: string;
  let http: HttpClient;
  let before: string;
  beforeAll(async () => {
    app = await startApp();
    ({ accessToken, http } = await superuserSession(app));
    before = await app.database.fingerprint('audit_events');
  });
  afterAll(() => app.close());

  const unchanged = async () => expect(await app.database.fingerprint('audit_events')).toBe(before);

  it('sends no form: not without our token, that of another browser, or from elsewhere [A35] [A36] [ASVS 3.5.1, 3.5.3]', async () => {
    const { cookie, formToken } = browserOf(accessToken);
    const { formToken: signedOut } = browserOf();
    const ours = { 'sec-fetch-site': 'same-origin', 'content-type': FORM };
    const attempts: Record<
      string,
      [form: string, headers: Record<string, string>, status: number]
    > = {
      'no token': ['', ours, 419],
      'an empty token': ['_token=', ours, 419],
      'a token for another session': [`_token=${signedOut}`, ours, 419],
      'a token that is cut': [`_token=${formToken.slice(0, -1)}`, ours, 419],
      'two tokens': [`_token=${formToken}&_token=${formToken}`, ours, 419],
      'a token in the query': ['', ours, 419],
      'cross-site': [`_token=${formToken}`, { ...ours, 'sec-fetch-site': 'cross-site' }, 403],
      'same-site': [`_token=${formToken}`, { ...ours, 'sec-fetch-site': 'same-site' }, 403],
      'a token of another browser, by the user': [
        `_token=${formToken.slice(0, -1)}`,
        { ...ours, 'sec-fetch-site': 'none' },
        419,
      ],
      'an unknown site': [`_token=${formToken}`, { ...ours, 'sec-fetch-site': 'x' }, 403],
      'neither site nor origin': [`_token=${formToken}`, { 'content-type': FORM }, 403],
      'another origin': [
        `_token=${formToken}`,
        { 'content-type': FORM, origin: 'https://evil.example' },
        403,
      ],
      'origin null': [`_token=${formToken}`, { 'content-type': FORM, origin: 'null' }, 403],
      'an origin that begins like ours': [
        `_token=${formToken}`,
        { 'content-type': FORM, origin: `${PUBLIC_URL}.evil.example` },
        403,
      ],
      'plain text': [`_token=${formToken}`, { ...ours, 'content-type': 'text/plain' }, 415],
      JSON: [
        JSON.stringify({ _token: formToken }),
        { ...ours, 'content-type': 'application/json' },
        403,
      ],
    };
    for (const { address } of FORMS) {
      // Takes forms of providers, and does nothing but send the browser on.
      if (address === '/accounts/federation/nothing/callback') continue;
      for (const [name, [form, headers, status]] of Object.entries(attempts)) {
        const query = name === 'a token in the query' ? `?_token=${formToken}` : '';
        const all = { accept: 'text/html', cookie, ...headers };
        const answer = await app.http.send('POST', address + query, form, all);
        expect({ address, name, status: answer.status }).toEqual({ address, name, status });
      }
    }
    await unchanged();
  });

  it('reaches nothing of the API, which knows no cookies and takes no forms [A35] [ASVS 3.5.2]', async () => {
    const { cookie } = browserOf(accessToken);
    for (const { method, address, isPublic } of WRITES) {
      for (const type of SAFELISTED) {
        const headers = { cookie, ...(type && { 'content-type': type }) };
        const answer = await app.http.send(method, address, type ? '{"a":1}' : undefined, headers);
        // A public one may ask for a credential in its body.
        const expected = isPublic ? [401, 415, 422] : [401, 415];
        expect(expected).toContain(answer.status);
        // With the token that a page of another site does not have, the type alone stops it.
        if (!type) continue;
        const signedIn = await http.send(method, address, '{"a":1}', { 'content-type': type });
        expect({ address, type, status: signedIn.status }).toEqual({ address, type, status: 415 });
      }
    }
    await unchanged();
  });

  it('cannot pretend to another method [A35] [ASVS 3.5.3, 15.3.7]', async () => {
    const { cookie, formToken } = browserOf(accessToken);
    const headers = { cookie, accept: 'text/html', authorization: `Bearer ${accessToken}` };
    for (const { address, method } of ROUTES.filter((route) => route.method !== 'GET')) {
      for (const name of ['x-http-method-override', 'x-http-method', 'x-method-override']) {
        await app.http.send('GET', `${address}?_method=${method}&_token=${formToken}`, undefined, {
          ...headers,
          [name]: method,
        });
      }
    }
    await unchanged();
  });

  it('changes nothing by what is called safe, with all credentials [ASVS 3.5.3]', async () => {
    const { cookie } = browserOf(accessToken);
    const authorization = `Bearer ${accessToken}`;
    for (const { address, isPage } of ROUTES) {
      for (const method of ['GET', 'HEAD', 'OPTIONS']) {
        const headers: Record<string, string> = isPage
          ? { cookie, accept: 'text/html' }
          : { authorization };
        const { status } = await app.http.send(method, address, undefined, headers);
        expect(status).toBeLessThan(500);
      }
      const lines = [`TRACE ${address} HTTP/1.1`, 'Host: a', `Authorization: ${authorization}`];
      const answer = await sendRaw(
        app.http.url,
        [...lines, 'Connection: close', '', ''].join('\r\n'),
      );
      expect(answer).toMatch(/^HTTP\/1\.1 40[05] /);
    }
    await unchanged();
  });

  it('gets nothing by loading an address of the API as a script, an image or a frame [ASVS 3.5.6, 3.5.7, 3.5.8]', async () => {
    const { cookie } = browserOf(accessToken);
    for (const { address } of API_ROUTES.filter(({ method }) => method === 'GET')) {
      for (const target of ['script', 'image', 'iframe', 'style']) {
        const path = `${address}?callback=alert&jsonp=alert`;
        const answer = await app.http.get(path, { cookie, 'sec-fetch-dest': target });
        // The one list that everybody may see takes no such parameters.
        expect(answer.status).toBe(address === '/api/auth/federation' ? 422 : 401);
        expect(answer.text).toMatch(/^\{/);
      }
    }
    const script = /\/assets\/app-[^"]+\.js/.exec(
      (await app.http.get('/', { accept: 'text/html' })).text,
    )![0];
    const own = await app.http.get(script, { cookie });
    expect(own.text).toBe((await app.http.get(script)).text);
  });
});
