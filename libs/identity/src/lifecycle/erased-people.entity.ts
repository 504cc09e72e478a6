import { Column, Entity, PrimaryColumn } from 'typeorm';

/** The tenant's key by which names of erased people are hashed: nobody can tell from a hash whom it speaks of. */
@Entity('erasure_secrets')
export class ErasureSecret {
  @PrimaryColumn('uuid') tenantId: string;
  @Column('bytea') secret: Buffer;
}

/** That a source spoke of somebody who was erased since, by the keyed hash of the source's key. */
@Entity('erased_people')
export class ErasedPerson {
  @PrimaryColumn('uuid') tenantId: string;
  @PrimaryColumn('bytea') keyHash: Buffer;
  @Column('timestamptz') erasedAt: Date;
}
