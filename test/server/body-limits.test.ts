import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { BodySize } from '../../src/http/body-limit.decorator.js';
import { newSession } from '../support/accounts.js';
import { startApp, type TestApp } from '../support/app.js';
import { built } from '../support/built.js';
import { problem } from '../support/http.js';
import { browserOf } from '../support/page-cookies.js';
import { ROUTES, sendRaw } from '../support/route-table.js';

const { All, Body, Controller, Get, Module, Patch, Post, Put } =
  await built<typeof import('@nestjs/common')>('@nestjs/common');
const { BodyLimit } = await built<typeof import('../../src/http/body-limit.decorator.js')>(
  'src/http/body-limit.decorator.js',
);
const { Public } = await built<typeof import('../../src/access/access.decorators.js')>(
  'src/access/access.decorators.js',
);
const { PageController } = await built<
  typeof import('../../src/site/kit/page-controller.decorator.js')
>('src/site/kit/page-controller.decorator.js');
const { FormPost } = await built<typeof import('../../src/site/kit/form-post.guard.js')>(
  'src/site/kit/form-post.guard.js',
);
const { CurrentPage } = await built<typeof import('../../src/site/kit/page-context.js')>(
  'src/site/kit/page-context.js',
);

const KIB = 1024;
const MIB = 1024 * KIB;

const lengthOf = (body: unknown) => ({ length: JSON.stringify(body).length });

@Public()
@Controller('api/parcels')
class ParcelsController {
  @BodyLimit('1mb')
  @Post('large')
  large(@Body() body: unknown) {
    return lengthOf(body);
  }

  @BodyLimit(100)
  @Post('small')
  small(@Body() body: unknown) {
    return lengthOf(body);
  }

  @Post('plain')
  plain(@Body() body: unknown) {
    return lengthOf(body);
  }

  // The same path as `large`, by another method.
  @Put('large')
  otherMethod(@Body() body: unknown) {
    return lengthOf(body);
  }

  @BodyLimit('128kb')
  @All('every')
  every(@Body() body: unknown) {
    return lengthOf(body);
  }

  @BodyLimit('64mb')
  @Post('largest/:name')
  largest(@Body() body: unknown) {
    return lengthOf(body);
  }
}

@Public()
@BodyLimit('128kb')
@Controller('api/crates')
class CratesController {
  @Post()
  add(@Body() body: unknown) {
    return lengthOf(body);
  }

  @BodyLimit('200kb')
  @Patch()
  change(@Body() body: unknown) {
    return lengthOf(body);
  }

  @Get()
  list() {
    return {};
  }
}

@PageController('letters')
class LettersPage {
  @Public()
  @BodyLimit('128kb')
  @FormPost()
  send(
    @CurrentPage() page: import('../../src/site/kit/page-context.js').PageContext,
    @Body() body: Record<string, string>,
  ) {
    return page.show('Letter', `of ${body.text?.length} letters`);
  }
}

@Module({ controllers: [ParcelsController, CratesController, LettersPage] })
class HostModule {}

/** JSON of exactly so many bytes. */
const json = (bytes: number) => `{"a":"${'x'.repeat(bytes - 8)}"}`;

describe('@BodyLimit()', () => {
  let app: TestApp;
  beforeAll(async () => {
    app = await startApp({}, [HostModule]);
  });
  afterAll(() => app.close());

  const send = (method: string, path: string, bytes: number) =>
    app.http.send(method, path, json(bytes), { 'content-type': 'application/json' });
  /** Sends a body of exactly the limit, and one of a byte more. */
  const expectLimit = async (method: string, path: string, bytes: number, words: string) => {
    const fits = await send(method, path, bytes);
    expect([method, path, fits.status < 300, fits.body]).toEqual([
      method,
      path,
      true,
      { length: bytes },
    ]);
    const above = await send(method, path, bytes + 1);
    expect(above.status).toBe(413);
    expect(problem(above)).toMatchObject({
      code: 'payload_too_large',
      detail: `The request body is larger than ${words}, the limit of this address.`,
    });
  };

  it('lets a route take more or less than others, to the byte, and names its limit', async () => {
    await expectLimit('POST', '/api/parcels/large', MIB, '1 MiB');
    await expectLimit('POST', '/api/parcels/small', 100, '100 bytes');
    await expectLimit('POST', '/api/parcels/largest/a', 64 * MIB, '64 MiB');
  });

  it('leaves the route next to it as it is, and the same path with another method', async () => {
    await expectLimit('POST', '/api/parcels/plain', 64 * KIB, '64 KiB');
    await expectLimit('PUT', '/api/parcels/large', 64 * KIB, '64 KiB');
  });

  it('holds for the handlers of a controller that state none', async () => {
    await expectLimit('POST', '/api/crates', 128 * KIB, '128 KiB');
    await expectLimit('PATCH', '/api/crates', 200 * KIB, '200 KiB');
  });

  it('holds for every method of a route for all of them', async () => {
    for (const method of ['POST', 'PUT', 'PATCH', 'DELETE']) {
      await expectLimit(method, '/api/parcels/every', 128 * KIB, '128 KiB');
    }
  });

  it('counts a body that does not say its length', async () => {
    const chunked = (bytes: number) => {
      const body = json(bytes);
      const lines = [
        'POST /api/parcels/small HTTP/1.1',
        'Host: a',
        'Content-Type: application/json',
        'Transfer-Encoding: chunked',
        'Connection: close',
        '',
        `${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`,
      ];
      return sendRaw(app.http.url, lines.join('\r\n'));
    };
    expect(await chunked(100)).toMatch(/^HTTP\/1\.1 201 /);
    expect(await chunked(101)).toMatch(/^HTTP\/1\.1 413 /);
  });

  it('holds for the form of a page', async () => {
    const { accessToken } = await newSession(app.http);
    const { cookie, formToken } = browserOf(accessToken);
    const post = (length: number) =>
      app.http.send('POST', '/letters', `_token=${formToken}&text=${'x'.repeat(length)}`, {
        cookie,
        accept: 'text/html',
        'content-type': 'application/x-www-form-urlencoded',
        'sec-fetch-site': 'same-origin',
      });
    const answer = await post(100 * KIB);
    expect([answer.status, answer.text.includes('of 102400 letters')]).toEqual([200, true]);
    expect((await post(128 * KIB)).status).toBe(413);
  });

  it('weakens no other route: each of ours refuses 65 KiB [ASVS 2.3.2]', async () => {
    const writes = ROUTES.filter(({ method }) => method !== 'GET');
    expect(writes.length).toBeGreaterThan(60);
    for (const { method, address, isPage } of writes) {
      const type = isPage ? 'application/x-www-form-urlencoded' : 'application/json';
      const body = isPage ? `a=${'x'.repeat(65 * KIB - 2)}` : json(65 * KIB);
      const answer = await app.http.send(method, address, body, { 'content-type': type });
      expect([method, address, answer.status]).toEqual([method, address, 413]);
      expect(problem(answer).detail).toContain(' 64 KiB,');
    }
  });

  describe('stops the start', () => {
    const start = (size: unknown) => {
      @Controller('api/broken')
      class BrokenController {
        @BodyLimit(size as BodySize)
        @Post()
        add() {
          return {};
        }
      }
      @Module({ controllers: [BrokenController] })
      class BrokenModule {}
      return startApp({}, [BrokenModule]);
    };

    it.each([
      0,
      -1,
      1.5,
      Number.NaN,
      Number.POSITIVE_INFINITY,
      64 * MIB + 1,
      '65mb',
      '0kb',
      '1.5mb',
      '1gb',
      '1 mb',
      '1MB',
      '1000',
      'mb',
      '',
      '-1kb',
      '9999999999kb',
      null,
      true,
      {},
      [MIB],
    ])('for %j, which cannot be a limit, and names the route and its place', async (size) => {
      await expect(start(size)).rejects.toThrow(
        /^BrokenController_add has @BodyLimit\(.*\), which has to be from 1 to 67108864 bytes, such as '200kb', '1mb' or 5_000 \(test\/server\/body-limits\.test\.ts:\d+\)\.$/,
      );
    });
  });
});
