import { Controller, Get, Param, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { Public } from '../../access/access.decorators.js';

/** The files of the product's folder `staticFiles`, for everybody. It is there when the product names a folder. */
@ApiExcludeController()
@Public()
@Controller('static')
export class StaticFilesController {
  /** `useStaticFiles` of the server says how a file is found and sent. */
  @Get('*')
  get(@Param('*') path: string, @Res() reply: FastifyReply): void {
    void reply.sendFile(path);
  }
}
