import { Column, Entity, PrimaryColumn } from 'typeorm';

export const GROUP_PUSH_STATES = ['following', 'ending', 'ended'] as const;
export type GroupPushState = (typeof GROUP_PUSH_STATES)[number];

/** What becomes of the group in the application when it is not pushed any more. */
export const GROUP_PUSH_ENDS = ['delete', 'keep'] as const;
export type GroupPushEnd = (typeof GROUP_PUSH_ENDS)[number];

/** A group of a source that an application has too: with its name, with its members. Its members are given it by a policy. */
@Entity('group_pushes')
export class GroupPush {
  @PrimaryColumn('uuid') tenantId: string;
  @PrimaryColumn('uuid') id: string;
  @Column('uuid') applicationId: string;
  @Column('uuid') sourceId: string;
  @Column('uuid') groupId: string;
  @Column('uuid') entitlementId: string;
  @Column('uuid') policyId: string;
  /** False: somebody gave it a name of its own for the application. */
  @Column('boolean') followsName: boolean;
  @Column('text') onEnd: GroupPushEnd;
  @Column('text', { default: 'following' }) state: GroupPushState;
  /** What it waits for, or why the last change could not be followed. */
  @Column('text', { nullable: true }) note: string | null;
  /** When it is looked at again though nobody says anything of the group. */
  @Column('timestamptz', { nullable: true }) dueAt: Date | null;
  @Column('timestamptz') createdAt: Date;
  @Column('timestamptz', { nullable: true }) endedAt: Date | null;
}
