import { Controller, Get, Header, Param, ParseIntPipe } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import { Public, RequirePermissions } from '../../src/common/access.decorators.js';
import { USERS } from '../../src/permissions/users.permissions.js';

/** About what `GET /api/auth/session` answers. */
const BODY = {
  userId: '5b6f2b9e-6a0e-4a5c-8e1a-4b0d7a1c2f3e',
  username: 'user1',
  roles: [],
  permissions: [],
  isSuperuser: false,
  sessionId: '0d1f6c1b-9a37-4c4e-bb53-a1e0f6c9d8e7',
  authenticatedAt: '2026-11-21T12:00:00.000Z',
  amr: ['pwd'],
  expiresAt: '2026-12-05T12:00:00.000Z',
};

/** Routes that do nothing, behind each kind of door. */
@ApiExcludeController()
@Controller('bench')
export class BenchController {
  @Public()
  @Get('bare')
  bare() {
    return BODY;
  }

  @Get('guarded')
  guarded() {
    return BODY;
  }

  @RequirePermissions(USERS.view)
  @Get('permitted')
  permitted() {
    return BODY;
  }

  /** HTML of a given size, from memory. */
  @Public()
  @Get('html/:size')
  @Header('Content-Type', 'text/html; charset=utf-8')
  html(@Param('size', ParseIntPipe) size: number) {
    return `<!doctype html><title>Bench</title>${'<p>text</p>'.repeat(size / 11)}`;
  }
}
