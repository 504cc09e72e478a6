import { createHmac } from 'node:crypto';
import { sameBytes } from '@tenure/platform';
import { LIMITS } from '../protocol/limits.js';
import { ScimError } from '../protocol/scim-error.js';

/** Where a page ends: the sort key and the id of its last resource. */
export interface ListPosition {
  readonly key: string | null;
  readonly id: string;
}

/** Signs cursors, so that they go on only where they came from: the same client, the same question, and in time. */
export class ListCursors {
  private readonly key: Buffer;

  constructor(secretKey: string) {
    this.key = createHmac('sha256', Buffer.from(secretKey, 'base64')).update('scim-cursor').digest();
  }

  /** `question`: everything that has to be the same again. */
  write(position: ListPosition, question: string, now: Date): string {
    const until = Math.floor(now.getTime() / 1_000) + LIMITS.cursorSeconds;
    const body = Buffer.from(JSON.stringify([position.key, position.id, until]));
    return `${body.toString('base64url')}.${this.sign(body, question).toString('base64url')}`;
  }

  read(cursor: string, question: string, now: Date): ListPosition {
    const [body, signature] = cursor.split('.').map((part) => Buffer.from(part, 'base64url'));
    if (!body || !signature || !sameBytes(signature, this.sign(body, question)))
      throw new ScimError(400, 'The cursor is none that this query gave; begin again without one.', 'invalidCursor');
    const [key, id, until] = JSON.parse(body.toString()) as [string | null, string, number];
    if (until * 1_000 < now.getTime())
      throw new ScimError(400, 'The cursor is too old; begin again without one.', 'expiredCursor');
    return { key, id };
  }

  private sign(body: Buffer, question: string): Buffer {
    return createHmac('sha256', this.key).update(question).update('\n').update(body).digest();
  }
}
