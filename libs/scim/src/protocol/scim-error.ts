import { shortened } from '@tenure/platform';

/** RFC 7644 §3.12: the words that a SCIM client can act on, and the statuses that each may come with. */
const TYPES = {
  invalidFilter: [400],
  tooMany: [400],
  uniqueness: [409, 400],
  mutability: [400],
  invalidSyntax: [400],
  invalidPath: [400],
  noTarget: [400],
  invalidValue: [400],
  invalidVers: [400],
  sensitive: [400, 403],
  // RFC 9865 §3.
  invalidCursor: [400],
  expiredCursor: [400],
  invalidCount: [400],
} as const satisfies Record<string, readonly number[]>;

export type ScimType = keyof typeof TYPES;

/** A refusal in SCIM's own form. A status that does not go with the type is a defect here. */
export class ScimError extends Error {
  constructor(
    readonly status: number,
    message: string,
    readonly scimType?: ScimType,
    readonly headers: Readonly<Record<string, string>> = {},
  ) {
    super(shortened(message));
    this.name = 'ScimError';
    if (scimType && !TYPES[scimType].some((known) => known === status))
      throw new Error(`${scimType} does not go with ${status}`);
  }

  /** RFC 7644 §3.12: the status is a string. */
  toBody(): object {
    return {
      schemas: ['urn:ietf:params:scim:api:messages:2.0:Error'],
      status: String(this.status),
      ...(this.scimType && { scimType: this.scimType }),
      detail: this.message,
    };
  }
}
