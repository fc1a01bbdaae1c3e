import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { OperatorError } from '../common/operator-error.js';
import type { AppConfig } from '../platform/config/app-config.js';

/** The address cannot be listened on; the message says why and what to do. */
class ListenError extends OperatorError {}

type Place = Pick<AppConfig, 'host' | 'port'>;

const SENTENCES: Record<string, (place: Place) => string> = {
  EADDRINUSE: ({ host, port }) =>
    `Port ${port} of ${host} is in use. Stop what listens there, or set PORT.`,
  EADDRNOTAVAIL: ({ host }) =>
    `HOST=${host} is not an address of this machine. Set HOST to one of its addresses, or to 0.0.0.0 for all.`,
  EACCES: ({ port }) =>
    `This user may not listen on port ${port}. Set PORT to a number above 1023, or give the right.`,
  ENOTFOUND: ({ host }) => `HOST=${host} is unknown. Set HOST to an address of this machine.`,
  EAI_AGAIN: ({ host }) =>
    `HOST=${host} cannot be looked up. Set HOST to an address of this machine.`,
  EAFNOSUPPORT: ({ host }) =>
    `HOST=${host} is an address of a kind that this machine does not have. Set HOST to another.`,
  EINVAL: ({ host }) =>
    `HOST=${host} cannot be listened on. Set HOST to an address of this machine.`,
};

/** Opens the port. Throws `OperatorError` when that is not possible. */
export async function listen(app: NestFastifyApplication, place: Place): Promise<void> {
  try {
    await app.listen(place.port, place.host);
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code ?? '';
    const sentence = SENTENCES[code]?.(place);
    throw sentence ? new ListenError(`${sentence} (${code})`, { cause }) : cause;
  }
}
