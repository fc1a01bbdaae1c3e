import { Injectable, Logger } from '@nestjs/common';
import { originIn } from '../../common/url-parts.js';
import { AppConfig } from '../../platform/config/app-config.js';

/** Strangers can send any origin: they must not fill the log. */
const MAX_REPORTED = 10;
const MAX_LENGTH = 200;

/** Reports origins from which forms arrive although they are not `PUBLIC_URL`, each once. */
@Injectable()
export class OtherOrigins {
  private readonly logger = new Logger('Pages');
  private readonly reported = new Set<string>();

  constructor(private readonly config: AppConfig) {}

  /** Writes a warning, if the origin differs from `PUBLIC_URL` and was not reported before. */
  report(header: string | undefined): void {
    const { publicUrl } = this.config;
    if (header === undefined || header === originIn(publicUrl)) return;
    const origin = URL.canParse(header) ? new URL(header).origin.slice(0, MAX_LENGTH) : 'null';
    if (this.reported.has(origin) || this.reported.size >= MAX_REPORTED) return;
    this.reported.add(origin);
    this.logger.warn(
      `A form was sent from the origin ${origin}, but PUBLIC_URL is ${publicUrl}. ` +
        'Set PUBLIC_URL to the address that people open, or send people to PUBLIC_URL. ' +
        'A proxy that sets "Referrer-Policy: no-referrer" makes the origin null.',
    );
  }
}
