import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { Because } from '@tenure/applications';
import type { ErrorClass, Exchange } from '@tenure/connectors';

/** What was done in an application. `adopt`: an account that was there already became ours; `look`: only read. */
export const OPERATION_KINDS = [
  'create',
  'update',
  'enable',
  'disable',
  'delete',
  'adopt',
  'look',
  'end_sessions',
  'transfer',
  'reclaim_licence',
  'grant',
  'revoke',
  'create_entitlement',
  'rename_entitlement',
  'delete_entitlement',
] as const;
export type OperationKind = (typeof OPERATION_KINDS)[number];

/** One change that a connector made, or tried, with its evidence. */
@Entity('operations')
export class Operation {
  @PrimaryColumn('uuid') tenantId: string;
  @PrimaryColumn('uuid') id: string;
  @PrimaryColumn('timestamptz') at: Date;
  @Column('uuid') applicationId: string;
  @Column('uuid', { nullable: true }) accountId: string | null;
  @Column('uuid', { nullable: true }) entitlementId: string | null;
  @Column('uuid', { nullable: true }) identityId: string | null;
  @Column('text') kind: OperationKind;
  @Column('text') outcome: 'succeeded' | ErrorClass;
  @Column('bigint', { nullable: true }) desiredVersion: string | null;
  @Column('int') attempt: number;
  /** The names of what changed, never the values. */
  @Column('jsonb', { nullable: true }) diff: unknown;
  @Column('jsonb') exchanges: readonly Exchange[];
  @Column('text', { nullable: true }) remedy: string | null;
  /** The journal entry that this follows from. */
  @Column('uuid', { nullable: true }) cause: string | null;
  /** The grants in force when it was desired, with their policies' versions. */
  @Column('jsonb', { default: [] }) because: readonly Because[];
  /** When that change was committed: `at` minus this is what the person waited. */
  @Column('timestamptz', { nullable: true }) committedAt: Date | null;
  @Column('int') ms: number;
}
