import { User } from 'nest-gatehouse';
import { Column, Entity, JoinColumn, OneToOne, PrimaryColumn } from 'typeorm';

/** The shop's own columns of a user, with the user's id as the key. */
@Entity('customers')
export class Customer {
  @PrimaryColumn({ name: 'user_id', type: 'varchar', length: 36 })
  userId!: string;

  @OneToOne(() => User, { onDelete: 'CASCADE' })
  @JoinColumn({ name: 'user_id' })
  user?: User;

  @Column({ name: 'loyalty_points', type: 'int' })
  loyaltyPoints!: number;
}
