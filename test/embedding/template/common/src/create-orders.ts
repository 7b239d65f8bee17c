import { gatehouseIdColumn } from 'nest-gatehouse';
import { Table, type MigrationInterface, type QueryRunner } from 'typeorm';

export class CreateOrders1764300000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    const reference = (column: string, table: string, onDelete: string) => ({
      columnNames: [column],
      referencedTableName: table,
      referencedColumnNames: ['id'],
      onDelete,
    });
    await runner.createTable(
      new Table({
        name: 'orders',
        columns: [
          { name: 'id', type: 'varchar', length: '36', isPrimary: true },
          { name: 'item', type: 'varchar', length: '100' },
          { name: 'quantity', type: 'int' },
          gatehouseIdColumn(runner, 'account_id'),
          { ...gatehouseIdColumn(runner, 'placed_by'), isNullable: true },
        ],
        foreignKeys: [
          reference('account_id', 'accounts', 'CASCADE'),
          reference('placed_by', 'users', 'SET NULL'),
        ],
      }),
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.dropTable('orders');
  }
}
