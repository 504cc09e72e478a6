import { Column, Entity, PrimaryColumn } from 'typeorm';

/** The states that an admin may set over what sources say. */
export type OverrideState = 'active' | 'on_leave' | 'suspended' | 'terminated';

/** An admin's word on the state of a person, over whatever sources say, with a reason and mostly an end. */
@Entity('overrides')
export class Override {
  @PrimaryColumn('uuid') tenantId: string;
  @PrimaryColumn('uuid') id: string;
  @Column('uuid') identityId: string;
  @Column('text') state: OverrideState;
  @Column('text') reason: string;
  @Column('timestamptz') startsAt: Date;
  /** Null: until it is lifted, or (`terminated`) until the sources say the same. */
  @Column('timestamptz', { nullable: true }) endsAt: Date | null;
  @Column('text') createdBy: string;
  @Column('timestamptz', { nullable: true }) endedAt: Date | null;
  @Column('text', { nullable: true }) endedBy: string | null;
}
