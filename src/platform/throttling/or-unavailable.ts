import { AppError } from '../../http/app-error.js';

/** A limit that cannot be looked at is no permission (ASVS 16.5.3). */
export async function orUnavailable<T>(action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (cause) {
    throw new AppError('service_unavailable', { cause });
  }
}
