// The page of Swagger UI: signs in by itself, and keeps the tokens of its tab fresh.
'use strict';
{
  /**
   * Where tokens are kept over a reload: in the storage of this tab, which ends with it. The storage of the origin
   * (`localStorage`, Swagger UI's `persistAuthorization`) would leave a refresh token to every page and every later visitor
   * of the browser. The cookie of single-page applications would sign an application on this host in as somebody else.
   * A script of an attacker in this page could read any of them: the policy of the page allows no script but our own.
   */
  const KEY = 'gatehouse-docs';
  const SCHEME = 'bearer';
  /** Tokens are refreshed this long before they expire, or at half of their life if that is less. Milliseconds. */
  const MARGIN = 30_000;

  /** The folder that `docs` is in. */
  const API = new URL('..', document.currentScript.src);
  const header = document.querySelector('.sign-in');
  const form = header.querySelector('form');
  const state = header.querySelector('.state');
  const failure = header.querySelector('[role=alert]');

  const darkness = matchMedia('(prefers-color-scheme: dark)');
  const followDarkness = () =>
    document.documentElement.classList.toggle('dark-mode', darkness.matches);
  darkness.addEventListener('change', followDarkness);
  followDarkness();

  /** `accessToken`, and of a sign-in `refreshToken`, `refreshAt` and `name`. */
  let session = JSON.parse(sessionStorage.getItem(KEY) ?? 'null') ?? undefined;
  let refreshing;

  const ui = SwaggerUIBundle({
    url: new URL('docs/openapi.json', API).href,
    dom_id: '#swagger-ui',
    deepLinking: true,
    filter: true,
    displayRequestDuration: true,
    tryItOutEnabled: true,
    // It would send the document to another site.
    validatorUrl: null,
    layout: 'BaseLayout',
    presets: [SwaggerUIBundle.presets.apis],
    plugins: [
      { statePlugins: { auth: { wrapActions: { authorize: notePasted, logout: noteEnd } } } },
    ],
    requestInterceptor: prepare,
    responseInterceptor: look,
    onComplete: () => session && authorize(),
  });

  /** A token that is pasted into the dialog takes the place of the one that was there. */
  function notePasted(authorizeNow) {
    return (schemes) => {
      authorizeNow(schemes);
      const accessToken = schemes[SCHEME]?.value;
      if (accessToken && accessToken !== session?.accessToken) keep({ accessToken });
    };
  }

  /** The dialog has a button to sign out as well. */
  function noteEnd(logoutNow) {
    return (schemes) => {
      logoutNow(schemes);
      if (session) void signOut();
    };
  }

  function sessionId() {
    return session?.refreshToken?.split('.')[1];
  }

  function authorize() {
    ui.preauthorizeApiKey(SCHEME, session.accessToken);
  }

  function keep(next, why = '') {
    session = next;
    if (next) sessionStorage.setItem(KEY, JSON.stringify(next));
    else sessionStorage.removeItem(KEY);
    show(why);
  }

  function keepTokens({ accessToken, refreshToken, expiresIn, user }) {
    const life = expiresIn * 1000;
    const refreshAt = Date.now() + Math.max(life - MARGIN, life / 2);
    keep({ accessToken, refreshToken, refreshAt, name: user.username ?? user.email });
    authorize();
  }

  function end(why) {
    keep(undefined, why);
    // Swagger UI fails where there is nothing to leave.
    if (ui.authSelectors.authorized()?.get(SCHEME)) ui.authActions.logout([SCHEME]);
  }

  function show(why) {
    form.hidden = session !== undefined;
    state.hidden = session === undefined;
    state.querySelector('span').textContent = session?.name
      ? `Signed in as ${session.name}`
      : 'A token that you pasted is sent.';
    state.querySelector('button').textContent = session?.refreshToken ? 'Sign out' : 'Forget it';
    failure.textContent = why;
  }

  /** The answer to a request of our own. Throws an error that says what a person can read. */
  async function post(path, body) {
    let answer;
    try {
      answer = await fetch(new URL(path, API), {
        method: 'POST',
        credentials: 'omit',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      });
    } catch {
      throw new Error('The server cannot be reached.');
    }
    const content = await answer.json().catch(() => undefined);
    if (answer.ok) return content;
    const findings = (content?.errors ?? []).map(({ message }) => message);
    const sentence =
      findings.join(' ') || content?.detail || `The server answered with ${answer.status}.`;
    throw Object.assign(new Error(sentence), { status: answer.status });
  }

  async function signIn() {
    const { username, password } = Object.fromEntries(new FormData(form));
    failure.textContent = '';
    const button = form.querySelector('button');
    button.disabled = true;
    try {
      keepTokens(await post('api/auth/login', { username, password }));
      form.reset();
    } catch (error) {
      failure.textContent = error.message;
      form.elements.password.value = '';
      form.elements.password.focus();
    } finally {
      button.disabled = false;
    }
  }

  async function signOut() {
    const { refreshToken } = session;
    try {
      if (refreshToken) await post('api/auth/logout', { refreshToken });
      end('');
    } catch (error) {
      failure.textContent = `You are still signed in: ${error.message}`;
    }
  }

  /** Gets new tokens. One at a time, however many requests ask for it. */
  function refresh() {
    refreshing ??= exchange().finally(() => (refreshing = undefined));
    return refreshing;
  }

  async function exchange() {
    try {
      keepTokens(await post('api/auth/refresh', { refreshToken: session.refreshToken }));
    } catch (error) {
      // Anything else may pass.
      if (error.status === 401) end('Your session has ended. Sign in again.');
    }
  }

  /** The document names `PUBLIC_URL`; browsers keep a page of another origin, such as 127.0.0.1, from asking it. */
  async function prepare(request) {
    const { pathname, search } = new URL(request.url, location.href);
    request.url = location.origin + pathname + search;
    if (session && request.headers?.Authorization === `Bearer ${session.accessToken}`) {
      if (session.refreshToken && Date.now() >= session.refreshAt) await refresh();
      if (session) request.headers.Authorization = `Bearer ${session.accessToken}`;
    }
    return request;
  }

  /** A session that was ended elsewhere. */
  async function look(answer) {
    const isDead = answer.status === 401 && answer.obj?.code === 'invalid_token';
    if (isDead && session?.refreshToken) await refresh();
    return answer;
  }

  form.addEventListener('submit', (event) => {
    event.preventDefault();
    void signIn();
  });
  state.querySelector('button').addEventListener('click', () => void signOut());

  // A duplicated tab has a copy of the storage. A refresh token serves one holder: the copy is dropped.
  const tabs = new BroadcastChannel(KEY);
  // oxlint-disable unicorn/require-post-message-target-origin -- of a window; a channel has its own origin alone
  tabs.addEventListener('message', ({ data }) => {
    if (!data.id || data.id !== sessionId()) return;
    if (data.isTaken) end('You are signed in in another tab.');
    else tabs.postMessage({ id: data.id, isTaken: true });
  });
  tabs.postMessage({ id: sessionId() });

  show('');
}
