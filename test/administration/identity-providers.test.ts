import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { deriveKey, seal } from '../../src/common/crypto.js';
import type { IdentityProviderDto } from '../../src/administration/identity-providers/identity-provider.dto.js';
import { type Session, sessionWith, superuserSession } from '../support/administrators.js';
import { PUBLIC_URL, startApp, TEST_SECRET, type TestApp } from '../support/app.js';
import { REDIRECT_URI, signInWith } from '../support/federation.js';
import { type HostileProvider, startHostileProvider } from '../support/hostile-provider.js';
import { problem } from '../support/http.js';
import { browserOf } from '../support/page-cookies.js';
import { eventually } from '../support/process.js';

const ALL = ['view', 'add', 'change', 'delete'].map((action) => `identity-providers.${action}`);
const PATH = '/api/identity-providers';

let serial = 0;
const newName = () => `company-${++serial}`;

describe('providers that are made at run time', () => {
  let app: TestApp;
  let provider: HostileProvider;
  let admin: Session;
  let superuser: Session;
  beforeAll(async () => {
    provider = await startHostileProvider();
    app = await startApp({ ...provider.variables('fixed'), OIDC_REDIRECT_URIS: REDIRECT_URI });
    admin = await sessionWith(app, ALL);
    superuser = await superuserSession(app);
  });
  afterAll(async () => {
    await app.close();
    await provider.close();
  });
  beforeEach(() => {
    Object.assign(provider, { claims: {}, metadata: {}, takeOver: undefined });
  });

  const fields = () => ({
    name: newName(),
    issuer: provider.issuer,
    clientId: provider.clientId,
    clientSecret: provider.clientSecret,
  });
  const create = async (more: object = {}, who = admin) =>
    who.http.post<IdentityProviderDto>(PATH, { ...fields(), ...more });
  const events = async (id: string) =>
    app.database.sql<{ action: string; changes: object }>(
      'SELECT action, changes FROM audit_events WHERE subject_id = $1 ORDER BY id',
      [id],
    );

  it('let people in, and no more when they are deleted', async () => {
    const { status, body } = await create({ label: 'The Company' });
    expect(status).toBe(201);
    expect(body).toEqual({
      id: expect.any(String),
      name: body.name,
      label: 'The Company',
      issuer: provider.issuer,
      clientId: provider.clientId,
      scopes: 'openid email profile',
      trustsEmail: false,
      redirectUri: `${PUBLIC_URL}/accounts/federation/${body.name}/callback`,
    });
    expect((await app.http.get('/api/auth/federation')).text).toContain('The Company');
    expect((await signInWith(app.http, body.name, provider, { sub: newName() })).status).toBe(200);
    expect((await admin.http.delete(`${PATH}/${body.id}`)).status).toBe(204);
    expect((await admin.http.delete(`${PATH}/${body.id}`)).status).toBe(404);
    const gone = await app.http.post(`/api/auth/federation/${body.name}/start`, {
      redirectUri: REDIRECT_URI,
    });
    expect(gone.status).toBe(404);
    const told = await events(body.id!);
    expect(told.map(({ action }) => action)).toEqual([
      'identity_provider.created',
      'identity_provider.deleted',
    ]);
  });

  it('never show their secret, which is encrypted [ASVS 13.3.1]', async () => {
    const { body } = await create();
    const answers = [
      await admin.http.get(PATH),
      await admin.http.get(`${PATH}/${body.id}`),
      await admin.http.patch(`${PATH}/${body.id}`, { label: 'Other' }),
    ];
    const rows = await app.database.sql('SELECT * FROM identity_providers');
    const trail = await events(body.id!);
    const text = JSON.stringify([answers.map((answer) => answer.text), rows, trail]);
    expect(text).not.toContain(provider.clientSecret);
  });

  it('are listed with those of the environment, which stay as they are', async () => {
    const { body } = await admin.http.get<{ items: IdentityProviderDto[] }>(PATH);
    expect(body.items.find(({ name }) => name === 'fixed')).toMatchObject({
      id: null,
      label: 'Fixed',
      issuer: provider.issuer,
    });
    const taken = await create({ name: 'fixed' });
    expect(problem(taken).code).toBe('provider_name_taken');
    const { body: first } = await create();
    expect(problem(await create({ name: first.name })).code).toBe('provider_name_taken');
  });

  it('are changed field by field, and the change counts at once', async () => {
    const { body } = await create();
    const path = `${PATH}/${body.id}`;
    const changed = await admin.http.patch(path, { label: 'Other', clientSecret: 'another one' });
    expect(changed.body).toEqual({ ...body, label: 'Other' });
    let authorization: string | undefined;
    provider.takeOver = (request) => {
      if (request.url === '/token') ({ authorization } = request.headers);
      return false;
    };
    await signInWith(app.http, body.name, provider, { sub: newName() });
    expect(Buffer.from(authorization!.split(' ')[1]!, 'base64').toString()).toBe(
      `${provider.clientId}:another+one`,
    );
    const [, told] = await events(body.id!);
    expect(told).toEqual({
      action: 'identity_provider.updated',
      changes: {
        label: { old: body.label, new: 'Other' },
        clientSecret: { old: null, new: 'replaced' },
      },
    });
    const renamed = await admin.http.patch(path, { name: 'other' });
    expect(problem(renamed).code).toBe('validation_failed');
  });

  it.each([
    ['is no address', 'example.com'],
    ['has a query', 'https://example.com/?a=1'],
    ['is not encrypted', 'http://example.com'],
    ['is a file', 'file:///etc/passwd'],
    ['is the metadata itself', 'https://example.com/.well-known/openid-configuration'],
    ['is of no tenant', 'https://login.microsoftonline.com/common/v2.0'],
    ['is a private address', 'https://10.0.0.1'],
    ['is the metadata of the cloud', 'https://169.254.169.254'],
    ['is a private address in disguise', 'https://[::ffff:10.0.0.1]'],
    ['is a number', 'https://167772161'],
    ['is nowhere', 'https://nowhere.invalid'],
  ])('have no issuer that %s [A62] [ASVS 13.2.4]', async (_, issuer) => {
    const answer = await create({ issuer });
    expect(problem(answer)).toMatchObject({ code: 'validation_failed' });
    expect(problem(answer).errors.map(({ field }) => field)).toEqual(['issuer']);
    const { body } = await create();
    const moved = await admin.http.patch(`${PATH}/${body.id}`, { issuer, clientSecret: 'x' });
    expect(problem(moved).errors.map(({ field }) => field)).toEqual(['issuer']);
  });

  it('are looked at before they are saved: the issuer has to be who it says it is', async () => {
    for (const metadata of [
      { issuer: 'https://accounts.google.com' },
      { issuer: `${provider.issuer}/` },
      { token_endpoint: undefined },
      { jwks_uri: 'https://192.168.1.1/keys' },
    ]) {
      provider.metadata = metadata;
      expect(problem(await create()).code).toBe('validation_failed');
    }
    provider.metadata = {};
    provider.takeOver = (_request, response) => {
      response.writeHead(302, { location: 'https://accounts.google.com' }).end();
      return true;
    };
    expect(problem(await create()).code).toBe('validation_failed');
  });

  it('know some by name', async () => {
    const { name: _, issuer: __, ...given } = fields();
    const apple = await admin.http.post(PATH, { ...given, name: 'apple' });
    expect(problem(apple).errors[0]).toMatchObject({ field: 'name' });
    const github = await admin.http.post(PATH, { ...given, name: 'github' });
    expect(github.body).toMatchObject({
      label: 'GitHub',
      issuer: 'https://github.com',
      scopes: 'read:user user:email',
    });
    const microsoft = await admin.http.post(PATH, { ...given, name: 'microsoft' });
    expect(problem(microsoft).errors[0]).toMatchObject({ field: 'issuer' });
    const scopes = await create({ scopes: 'email' });
    expect(problem(scopes).errors[0]).toMatchObject({ field: 'scopes' });
  });

  it('are trusted for addresses by superusers only, who else would rise by them', async () => {
    const refused = await create({ trustsEmail: true });
    expect(problem(refused)).toMatchObject({ status: 403, requiresSuperuser: true });
    const { body: own } = await create();
    const rise = await admin.http.patch(`${PATH}/${own.id}`, { trustsEmail: true });
    expect(rise.status).toBe(403);
    const { body } = await create({ trustsEmail: true }, superuser);
    expect(body.trustsEmail).toBe(true);
    for (const change of [{ issuer: provider.issuer }, { clientId: 'x' }, { trustsEmail: false }]) {
      expect((await admin.http.patch(`${PATH}/${body.id}`, change)).status).toBe(403);
    }
    const lessened = await superuser.http.patch(`${PATH}/${body.id}`, { trustsEmail: false });
    expect(lessened.body.trustsEmail).toBe(false);
  });

  describe('have a secret that', () => {
    /** What the token endpoint of a provider was shown, in the header or in the body. */
    const shownTo = (other: HostileProvider) => {
      const shown: string[] = [];
      other.takeOver = (request) => {
        if (request.method === 'POST') {
          shown.push(request.headers.authorization ?? '');
          request.on('data', (chunk: Buffer) => shown.push(chunk.toString()));
        }
        return false;
      };
      return shown;
    };
    const secretIn = (shown: string[], secret: string) =>
      shown.some((one) => {
        const basic = Buffer.from(one.split(' ')[1] ?? '', 'base64').toString();
        return `${one} ${basic}`.includes(new URLSearchParams({ s: secret }).toString().slice(2));
      });
    const required = [
      { field: 'clientSecret', code: 'required', message: expect.stringContaining('again') },
    ];
    const sealed = async (id: string) => {
      const [row] = await app.database.sql<{ text: string }>(
        'SELECT sealed_client_secret AS text FROM identity_providers WHERE id = $1',
        [id],
      );
      return row!.text;
    };

    it('goes to no other issuer and for no other client: it has to be given again [ASVS 13.3.1]', async () => {
      const { body } = await create();
      const thief = await startHostileProvider();
      const shown = shownTo(thief);
      for (const change of [
        { issuer: thief.issuer },
        { clientId: 'somebody-else' },
        { issuer: thief.issuer, clientId: 'somebody-else', label: 'Other' },
      ]) {
        const answer = await admin.http.patch(`${PATH}/${body.id}`, change);
        expect(problem(answer)).toMatchObject({ status: 422, errors: required });
      }
      // Whoever asks for it is not even asked.
      expect(thief.asked).toEqual([]);
      for (const clientSecret of ['', null]) {
        const change = { issuer: thief.issuer, clientSecret };
        expect((await admin.http.patch(`${PATH}/${body.id}`, change)).status).toBe(422);
      }
      expect((await admin.http.get(`${PATH}/${body.id}`)).body).toEqual(body);
      const same = { issuer: provider.issuer, clientId: provider.clientId, label: 'Mine' };
      expect((await admin.http.patch(`${PATH}/${body.id}`, same)).status).toBe(200);
      const given = { issuer: thief.issuer, clientSecret: 'of the thief' };
      expect((await admin.http.patch(`${PATH}/${body.id}`, given)).status).toBe(200);
      const { name } = body;
      expect((await signInWith(app.http, name, thief, { sub: newName() })).status).toBe(200);
      expect(secretIn(shown, 'of the thief')).toBe(true);
      expect(secretIn(shown, provider.clientSecret)).toBe(false);
      await thief.close();
    });

    it('goes to no other host that its issuer names later [ASVS 13.3.1]', async () => {
      const { body } = await create();
      const path = `${PATH}/${body.id}`;
      const thief = await startHostileProvider();
      const shown = shownTo(thief);
      provider.metadata = { token_endpoint: `${thief.issuer}/token` };
      const used = await app.http.post(`/api/auth/federation/${body.name}/start`, {
        redirectUri: REDIRECT_URI,
      });
      expect(problem(used)).toMatchObject({ status: 502, code: 'provider_answer_refused' });
      const kept = await admin.http.patch(path, { label: 'Other' });
      expect(problem(kept)).toMatchObject({ status: 422, errors: required });
      expect(shown).toEqual([]);
      const given = await admin.http.patch(path, { clientSecret: 'given again' });
      expect(given.status).toBe(200);
      await signInWith(app.http, body.name, provider, { sub: newName() });
      expect(secretIn(shown, 'given again')).toBe(true);
      await thief.close();
    });

    it('may go to another host than the issuer, if it was that when it was given', async () => {
      const other = await startHostileProvider();
      provider.metadata = { token_endpoint: `${other.issuer}/token` };
      const { body, status } = await create();
      expect(status).toBe(201);
      const shown = shownTo(other);
      await signInWith(app.http, body.name, provider, { sub: newName() });
      expect(secretIn(shown, provider.clientSecret)).toBe(true);
      await other.close();
    });

    it('is of no use to a row that was changed in the database', async () => {
      const thief = await startHostileProvider();
      for (const change of [
        `issuer = '${thief.issuer}'`,
        `client_id = 'somebody-else'`,
        `token_origin = '${thief.issuer}'`,
        `token_origin = NULL`,
      ]) {
        const { body } = await create();
        await app.database.sql(`UPDATE identity_providers SET ${change} WHERE id = $1`, [body.id]);
        const used = await app.http.post(`/api/auth/federation/${body.name}/start`, {
          redirectUri: REDIRECT_URI,
        });
        expect(used.status).toBeGreaterThanOrEqual(500);
      }
      expect(thief.asked).not.toContain('/token');
      await thief.close();
    });

    it('was sealed under the name alone before, is opened, and sealed anew with the next change', async () => {
      const { body } = await create();
      const { id, name } = body;
      const key = deriveKey(TEST_SECRET, 'identity-providers');
      await app.database.sql(
        'UPDATE identity_providers SET sealed_client_secret = $2, token_origin = NULL WHERE id = $1',
        [id, seal(key, provider.clientSecret, name)],
      );
      expect((await signInWith(app.http, name, provider, { sub: newName() })).status).toBe(200);
      const before = await sealed(id!);
      const moved = await admin.http.patch(`${PATH}/${id}`, { clientId: 'x' });
      expect(problem(moved).errors).toEqual(required);
      expect(await sealed(id!)).toBe(before);
      expect((await admin.http.patch(`${PATH}/${id}`, { label: 'Anew' })).status).toBe(200);
      expect(await sealed(id!)).not.toBe(before);
      expect((await signInWith(app.http, name, provider, { sub: newName() })).status).toBe(200);
      await app.database.sql(`UPDATE identity_providers SET client_id = 'x' WHERE id = $1`, [id]);
      const used = await app.http.post(`/api/auth/federation/${name}/start`, {
        redirectUri: REDIRECT_URI,
      });
      expect(used.status).toBeGreaterThanOrEqual(500);
    });

    it('is asked for at its field on the page', async () => {
      const { body } = await create();
      const { cookie, formToken } = browserOf(admin.accessToken);
      const { label, issuer, clientId, scopes } = body;
      const shown = { 'shown.label': label, 'shown.issuer': issuer, 'shown.clientId': clientId };
      const form = { ...shown, 'shown.scopes': scopes, label, issuer, clientId: 'x', scopes };
      const answer = await app.http.send(
        'POST',
        `/admin/providers/${body.id}`,
        new URLSearchParams({ _token: formToken, ...form, clientSecret: '' }).toString(),
        {
          accept: 'text/html',
          'content-type': 'application/x-www-form-urlencoded',
          'sec-fetch-site': 'same-origin',
          cookie,
        },
      );
      expect(answer.status).toBe(422);
      expect(answer.text).toMatch(/name="clientSecret"[^>]*aria-invalid="true"/);
      expect(answer.text).toContain('again');
    });
  });

  it('end what was begun when they become somebody else', async () => {
    const { body } = await create();
    const second = await startHostileProvider();
    const begun = await app.http.post<{ authorizationUrl: string; handle: string }>(
      `/api/auth/federation/${body.name}/start`,
      { redirectUri: REDIRECT_URI },
    );
    const { code, state } = await provider.authorize(begun.body.authorizationUrl);
    const { clientSecret } = provider;
    await admin.http.patch(`${PATH}/${body.id}`, { issuer: second.issuer, clientSecret });
    const { handle } = begun.body;
    const answer = await app.http.post(`/api/auth/federation/${body.name}/complete`, {
      handle,
      code,
      state,
    });
    expect(problem(answer).code).toBe('federation_attempt_invalid');
    expect(second.asked).not.toContain('/token');
    await second.close();
  });

  it('hide from the list nothing when APP_SECRET was replaced, and say so when they are used', async () => {
    const { body } = await create();
    await app.database.sql(
      `UPDATE identity_providers SET sealed_client_secret = 'AAAA' WHERE id = $1`,
      [body.id],
    );
    expect((await admin.http.get(PATH)).status).toBe(200);
    const used = await app.http.post(`/api/auth/federation/${body.name}/start`, {
      redirectUri: REDIRECT_URI,
    });
    expect(used.status).toBeGreaterThanOrEqual(500);
    const mended = await admin.http.patch(`${PATH}/${body.id}`, { clientSecret: 'a new one' });
    expect(mended.status).toBe(200);
    await eventually(async () => {
      const again = await app.http.post(`/api/auth/federation/${body.name}/start`, {
        redirectUri: REDIRECT_URI,
      });
      return again.status === 200;
    }, 'the new secret');
  });
});
