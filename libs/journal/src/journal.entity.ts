import { Column, Entity, PrimaryColumn } from 'typeorm';

/** One fact: who changed which subject how. Rows are never changed but for `position`, set once after the commit. */
@Entity('journal')
export class JournalEntry {
  @PrimaryColumn('uuid') tenantId: string;
  @PrimaryColumn('uuid') id: string;
  @Column('timestamptz') at: Date;
  @Column('text') actor: string;
  @Column('text') door: string;
  @Column('text') verb: string;
  @Column('text') subjectKind: string;
  @Column('uuid') subjectId: string;
  /** 1, 2, 3 … per subject, taken under the subject's lock: the order that matters. */
  @Column('int') revision: number;
  @Column('uuid', { nullable: true }) cause: string | null;
  @Column('text', { nullable: true }) requestId: string | null;
  /** SHA-256 of salt and payload: still verifiable after the payload was erased. */
  @Column('bytea') digest: Buffer;
  /** Dense per tenant, in the order of numbering after the commit: what readers' cursors point to. */
  @Column('bigint', { nullable: true }) position: string | null;
}

/** What happened, apart, so that it can be erased for a person's sake. */
@Entity('journal_payloads')
export class JournalPayload {
  @PrimaryColumn('uuid') tenantId: string;
  @PrimaryColumn('uuid') journalId: string;
  @Column('bytea') salt: Buffer;
  @Column('jsonb') body: unknown;
}

@Entity('journal_heads')
export class JournalHead {
  @PrimaryColumn('uuid') tenantId: string;
  @Column('bigint') position: string;
}
