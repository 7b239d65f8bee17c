import { Field, ID, Int, ObjectType } from '@nestjs/graphql';
import { ApiProperty } from '@nestjs/swagger';
import { Account, User } from 'nest-gatehouse';
import { Column, Entity, JoinColumn, ManyToOne, PrimaryColumn } from 'typeorm';

/** An order of an account; deleting the account deletes it. */
@ObjectType()
@Entity('orders')
export class Order {
  @Field(() => ID)
  @ApiProperty({ format: 'uuid' })
  @PrimaryColumn({ type: 'varchar', length: 36 })
  id!: string;

  @Field()
  @ApiProperty()
  @Column({ type: 'varchar', length: 100 })
  item!: string;

  @Field(() => Int)
  @ApiProperty({ type: 'integer' })
  @Column({ type: 'int' })
  quantity!: number;

  @Column({ name: 'account_id', type: 'varchar', length: 36 })
  accountId!: string;

  @ManyToOne(() => Account, { onDelete: 'CASCADE', nullable: false })
  @JoinColumn({ name: 'account_id' })
  account?: Account;

  @Column({ name: 'placed_by', type: 'varchar', length: 36, nullable: true })
  placedById!: string | null;

  @ManyToOne(() => User, { onDelete: 'SET NULL', nullable: true })
  @JoinColumn({ name: 'placed_by' })
  placedBy?: User | null;
}
