/** The one list of error classes. Every failure of a downstream call is one of these; the engine decides by it. */
export const ERROR_CLASSES = [
  'retryable',
  'rate_limited',
  'outcome_unknown',
  'auth',
  'forbidden',
  'not_found',
  'conflict',
  'invalid',
  'precondition',
  'unsupported',
  'permanent',
] as const;

export type ErrorClass = (typeof ERROR_CLASSES)[number];

/** What a person can do about each class, shown beside a failed account. */
export const REMEDIES: Readonly<Record<ErrorClass, string>> = {
  retryable:
    'Nothing to do yet: it is tried again with growing pauses. If it goes on, look at the application’s status page.',
  rate_limited: 'Nothing to do: the application asked to wait, and it is tried again when it said.',
  outcome_unknown:
    'Nothing to do: the application did not answer. The account is looked up before anything is sent again.',
  auth: 'The application refused the credentials. Renew them at the application and store the new ones; waiting work then goes on by itself.',
  forbidden:
    'The credentials are valid but lack a right. Grant the missing scope or role in the application, then retry.',
  not_found: 'The object is gone in the application. Retry to create it again, or find out who removed it.',
  conflict:
    'Another object in the application already has this name or key. Link it to this person or rename it, then retry.',
  invalid: 'The application refuses a value. Correct the value at its source or the application’s mapping, then retry.',
  precondition: 'The object is not in the state that this step needs. Look at it in the application, then retry.',
  unsupported: 'The application cannot do this step. Do it by hand there, then mark it as done.',
  permanent: 'The application refuses this for good. Read its answer in the operation, correct the cause, then retry.',
};

export interface ConnectorErrorDetail {
  readonly httpStatus?: number;
  /** The peer's own code: a SCIM scimType, an SQLSTATE, an LDAP result code. */
  readonly vendorCode?: string;
  readonly retryAfterMs?: number;
  readonly cause?: unknown;
}

/** A classified failure of one downstream call. The message never carries a secret or a personal value. */
export class ConnectorError extends Error {
  constructor(
    readonly errorClass: ErrorClass,
    message: string,
    readonly detail: ConnectorErrorDetail = {},
  ) {
    super(message, { cause: detail.cause });
    this.name = 'ConnectorError';
  }
}
