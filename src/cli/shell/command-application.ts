import type { INestApplicationContext } from '@nestjs/common';

/** The application around a command that works with the whole of it. It is set before the command runs. */
export class CommandApplication {
  context!: INestApplicationContext;
}
