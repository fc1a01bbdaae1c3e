import { describe, expect, it } from '@jest/globals';
import { QueryFailedError, QueryRunnerAlreadyReleasedError } from 'typeorm';
import { isOutage } from './outage.js';

const withFields = (fields: object) => Object.assign(new Error('a failure'), fields);

describe('an outage', () => {
  it.each([
    ['a Unix socket that is gone', withFields({ code: 'ENOENT', syscall: 'connect' })],
    [
      'a name server that does not answer',
      withFields({ code: 'EAI_AGAIN', syscall: 'getaddrinfo' }),
    ],
    ['a login that the server refuses', withFields({ code: '28P01', severity: 'FATAL' })],
    ['every address refusing', new AggregateError([withFields({ code: 'ECONNREFUSED' })])],
    ['a failure of a statement', new QueryFailedError('SELECT', [], withFields({ code: '55P03' }))],
    ['what another error was caused by', new Error('x', { cause: withFields({ code: '57014' }) })],
    ['a connection that failed inside a transaction', new QueryRunnerAlreadyReleasedError()],
    ['a pool without a free connection', new Error('timeout exceeded when trying to connect')],
  ])('is %s', (_what, error) => {
    expect(isOutage(error)).toBe(true);
  });

  it.each([
    ['a value that is taken', withFields({ code: '23505' })],
    ['a statement that is wrong', withFields({ code: '42601', severity: 'ERROR' })],
    ['a missing right', withFields({ code: '42501' })],
    ['a missing file', withFields({ code: 'ENOENT', syscall: 'open' })],
    ['a defect', new TypeError('x is not a function')],
    ['nothing', undefined],
  ])('is not %s', (_what, error) => {
    expect(isOutage(error)).toBe(false);
  });
});
