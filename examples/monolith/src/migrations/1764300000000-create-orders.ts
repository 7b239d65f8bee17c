import { gatehouseIdColumn } from 'nest-gatehouse';
import { Table, type MigrationInterface, type QueryRunner } from 'typeorm';

export class CreateOrders1764300000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.createTable(
      new Table({
        name: 'orders',
        columns: [
          { name: 'id', type: 'varchar', length: '36', isPrimary: true },
          gatehouseIdColumn(runner, 'account_id'),
          { ...gatehouseIdColumn(runner, 'placed_by'), isNullable: true },
          { name: 'item', type: 'varchar', length: '100' },
          { name: 'quantity', type: 'int' },
        ],
        foreignKeys: [
          {
            columnNames: ['account_id'],
            referencedTableName: 'accounts',
            referencedColumnNames: ['id'],
            onDelete: 'CASCADE',
          },
          {
            columnNames: ['placed_by'],
            referencedTableName: 'users',
            referencedColumnNames: ['id'],
            onDelete: 'SET NULL',
          },
        ],
      }),
    );
    await runner.createTable(
      new Table({
        name: 'customers',
        columns: [
          { ...gatehouseIdColumn(runner, 'user_id'), isPrimary: true },
          { name: 'loyalty_points', type: 'int' },
        ],
        foreignKeys: [
          {
            columnNames: ['user_id'],
            referencedTableName: 'users',
            referencedColumnNames: ['id'],
            onDelete: 'CASCADE',
          },
        ],
      }),
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.dropTable('customers');
    await runner.dropTable('orders');
  }
}
