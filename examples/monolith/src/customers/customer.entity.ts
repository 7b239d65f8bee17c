import { User } from 'nest-gatehouse';
import { Column, Entity, JoinColumn, OneToOne, PrimaryColumn } from 'typeorm';

/** What the shop knows of a user beside what Gatehouse does: columns of its own under the user's id. */
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
