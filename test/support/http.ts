export { type Answer, HttpClient, problem } from '../../src/testing/http-client.js';
