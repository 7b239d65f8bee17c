import { Column, Entity, Index, JoinColumn, ManyToOne, PrimaryColumn } from 'typeorm';
import { millisecondsColumn } from '../database/column-types.js';
import { User } from './user.entity.js';

/** A network from which a user has signed in with the password, as a keyed digest over both. */
@Entity({ name: 'sign_in_networks', synchronize: false })
export class SignInNetwork {
  @PrimaryColumn({ type: 'varchar', length: 64 })
  digest!: string;

  @Index('sign_in_networks_user_id')
  @Column({ name: 'user_id', type: 'varchar', length: 36 })
  userId!: string;

  @ManyToOne(() => User, { onDelete: 'CASCADE', nullable: false })
  @JoinColumn({ name: 'user_id', foreignKeyConstraintName: 'sign_in_networks_user_id_fk' })
  user?: User;

  /** Exact to a day. */
  @Index('sign_in_networks_last_signed_in_at')
  @Column(millisecondsColumn('last_signed_in_at'))
  lastSignedInAt!: number;
}
