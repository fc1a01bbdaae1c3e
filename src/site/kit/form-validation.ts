import { AppError } from '../../http/app-error.js';
import { RequestValidationPipe } from '../../http/validation.pipe.js';

const pipe = new RequestValidationPipe();

/** A form as the DTO of the service that it is for. Throws `AppError` 422 with everything that is wrong. */
export async function validForm<T>(type: new () => T, fields: object): Promise<T> {
  return (await pipe.transform(fields, { type: 'body', metatype: type })) as T;
}

/** That a password was typed the same twice; told together with what else is wrong. */
export async function withRepeatedPassword<T>(
  body: Record<string, unknown>,
  validate: () => Promise<T>,
): Promise<T> {
  const findings =
    body.password === body.passwordConfirm
      ? []
      : [
          {
            field: 'passwordConfirm',
            code: 'password_mismatch',
            message: 'The two passwords are not the same.',
          },
        ];
  try {
    const valid = await validate();
    if (findings.length > 0) throw AppError.validation([]);
    return valid;
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== 'validation_failed') throw error;
    throw AppError.validation([...error.errors, ...findings]);
  }
}
