import { Column, Entity, PrimaryColumn } from 'typeorm';

/** A value that one account has, or is about to have, and no other may: taken before the application is asked. */
@Entity('reservations')
export class Reservation {
  @PrimaryColumn('uuid') tenantId: string;
  @PrimaryColumn('uuid') applicationId: string;
  @PrimaryColumn('text') target: string;
  /** The value, folded: applications do not tell `JDoe` from `jdoe`. */
  @PrimaryColumn('text') key: string;
  /** Whose it is; where `refused`, who was told by the application that somebody else has it. */
  @Column('uuid') accountId: string;
  @Column('boolean', { default: false }) refused: boolean;
}
