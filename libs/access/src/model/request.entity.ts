import { Column, Entity, PrimaryColumn } from 'typeorm';

/** `access`: for a time that the person names. `keep`: may a mover keep what a policy gave before? */
export type RequestKind = 'access' | 'keep';
export type RequestState = 'pending' | 'approved' | 'denied' | 'lapsed' | 'cancelled';

/** A person's wish for access; approved, it becomes a grant. */
@Entity('requests')
export class AccessRequest {
  @PrimaryColumn('uuid') tenantId: string;
  @PrimaryColumn('uuid') id: string;
  @Column('uuid') identityId: string;
  @Column('text') kind: RequestKind;
  /** The policy that allows to ask, or whose grants are to be kept. */
  @Column('uuid') policyId: string;
  @Column('int') policyVersion: number;
  @Column('uuid', { nullable: true }) applicationId: string | null;
  @Column('uuid', { nullable: true }) entitlementId: string | null;
  @Column('int', { nullable: true }) minutes: number | null;
  @Column('text') reason: string;
  @Column('text') requestedBy: string;
  @Column('timestamptz') askedAt: Date;
  /** Unanswered until then, it lapses. */
  @Column('timestamptz') answerBy: Date;
  @Column('text', { default: 'pending' }) state: RequestState;
  @Column('text', { nullable: true }) stateReason: string | null;
  @Column('timestamptz', { nullable: true }) decidedAt: Date | null;
  @Column('text', { nullable: true }) decidedBy: string | null;
  /** The verdict of a check for separation of duties, once there is one. */
  @Column('jsonb', { nullable: true }) separation: Readonly<Record<string, unknown>> | null;
}

/** Who may answer: the policy itself, the manager, the application's owner, an admin. */
export type ApproverKind = 'policy' | 'manager' | 'owner' | 'admin';

/** One answer that a request needs. `step` orders them where there are several. */
@Entity('approvals')
export class Approval {
  @PrimaryColumn('uuid') tenantId: string;
  @PrimaryColumn('uuid') id: string;
  @Column('uuid') requestId: string;
  @Column('smallint', { default: 1 }) step: number;
  @Column('text') approverKind: ApproverKind;
  /** The identity that is asked; null where any admin may answer. */
  @Column('uuid', { nullable: true }) approverId: string | null;
  /** `void`: the request ended otherwise. */
  @Column('text', { default: 'pending' }) state: 'pending' | 'approved' | 'denied' | 'void';
  @Column('timestamptz', { nullable: true }) decidedAt: Date | null;
  @Column('text', { nullable: true }) decidedBy: string | null;
  @Column('text', { nullable: true }) reason: string | null;
}
