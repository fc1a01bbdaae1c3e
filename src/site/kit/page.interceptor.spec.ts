import { describe, expect, it } from '@jest/globals';
import { type CallHandler, type ExecutionContext, StreamableFile } from '@nestjs/common';
import { firstValueFrom, of } from 'rxjs';
import { PageAnswer } from './page-answer.js';
import { PageController } from './page-controller.decorator.js';
import { PageInterceptor } from './page.interceptor.js';

class Silent {
  show(): void {}
}

describe('a handler of a page controller', () => {
  it('does not compile when it returns no page', () => {
    // @ts-expect-error it returns nothing
    PageController('silent')(Silent);
  });

  it.each([
    ['nothing', undefined],
    ['text', '<p>text</p>'],
    ['an object', { status: 200 }],
  ])('fails when it returns %s: never an empty page', async (_, result) => {
    await expect(sent(result)).rejects.toThrow('Silent.show returned no page');
  });

  it('may return a page or a file', async () => {
    const file = new StreamableFile(Buffer.from('text'));
    expect(await sent(PageAnswer.page('<p>text</p>'))).toBe('<p>text</p>');
    expect(await sent(file)).toBe(file);
  });
});

function sent(result: unknown): Promise<unknown> {
  const reply = { code: () => reply, headers: () => reply };
  const context = {
    switchToHttp: () => ({ getResponse: () => reply }),
    getClass: () => Silent,
    getHandler: () => ({ name: 'show' }),
  } as unknown as ExecutionContext;
  const next: CallHandler<unknown> = { handle: () => of(result) };
  return firstValueFrom(new PageInterceptor().intercept(context, next));
}
