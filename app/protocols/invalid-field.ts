import { RelayError } from '../domain/errors.ts';

/** The refusal of a request's field; `expected` says what to send in its place. */
export function invalidField(field: string, expected: string): RelayError {
  return new RelayError('request-invalid', `The field ${field} is missing or wrong. Send ${expected}.`);
}
