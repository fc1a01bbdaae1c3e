// npm start: builds if need be, and becomes the server.
import './build-if-stale.mjs';

// On Node 20, which has none, pg tells where it runs by a `Response`, and all that fetches is loaded for it.
globalThis.navigator ??= { userAgent: `Node.js/${process.versions.node.split('.')[0]}` };
await import('../dist/server/main.js');
