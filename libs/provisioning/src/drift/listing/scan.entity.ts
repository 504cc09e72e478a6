import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { Mode, WorkError } from '@tenure/applications';

/** `drift`: what differs from what was made. `report`: what another mode would change; nothing is written from it. */
export type ScanKind = 'drift' | 'report';
/** `suspected`: it shows so little that it is not believed until somebody says so, or the next one is normal. */
export type ScanState = 'running' | 'done' | 'suspected' | 'failed' | 'superseded';

/** What a scan does, in this order: read the application, judge what was read, compare it. */
export const SCAN_PHASES = [
  'accounts',
  'entitlements',
  'members',
  'judge',
  'absent',
  'compare',
  'memberships',
  'strangers',
  'tidy',
] as const;
export type ScanPhase = (typeof SCAN_PHASES)[number];

/** What was counted so far. */
export type ScanCounts = Readonly<Record<string, number>>;

/** One look at everything that an application shows: a page at a time, its cursor here. */
@Entity('scans')
export class Scan {
  @PrimaryColumn('uuid') tenantId: string;
  @PrimaryColumn('uuid') id: string;
  @Column('uuid') applicationId: string;
  @Column('text') kind: ScanKind;
  /** Of a report: the mode that it is about. */
  @Column('text', { nullable: true }) targetMode: Mode | null;
  @Column('text', { default: 'running' }) state: ScanState;
  @Column('text', { default: 'accounts' }) phase: ScanPhase;
  @Column('text', { nullable: true }) cursor: string | null;
  @Column('text') requestedBy: string;
  @Column('timestamptz') startedAt: Date;
  @Column('timestamptz', { nullable: true }) endedAt: Date | null;
  /** Somebody believed a suspected scan. */
  @Column('timestamptz', { nullable: true }) acceptedAt: Date | null;
  @Column('text', { nullable: true }) acceptedBy: string | null;
  @Column('jsonb', { default: {} }) counts: ScanCounts;
  @Column('int', { default: 0 }) attempts: number;
  @Column('timestamptz', { default: () => "'-infinity'" }) dueAt: Date;
  @Column('jsonb', { nullable: true }) error: WorkError | null;
  @Column('timestamptz', { nullable: true }) leaseUntil: Date | null;
  @Column('bigint', { default: 0 }) fence: string;
}
