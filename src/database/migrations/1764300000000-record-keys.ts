import { Table, TableColumn, type MigrationInterface, type QueryRunner } from 'typeorm';
import { portableColumns } from './columns.js';

export class RecordKeys1764300000000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    const { ascii, milliseconds } = portableColumns(queryRunner);
    await queryRunner.createTable(
      new Table({
        name: 'known_keys',
        columns: [
          { ...ascii('purpose', 32), isPrimary: true },
          { ...ascii('key_id', 16), isPrimary: true },
          milliseconds('created_at'),
        ],
      }),
    );
    await queryRunner.addColumn(
      'refresh_tokens',
      new TableColumn({ ...ascii('key_id', 16), isNullable: true }),
    );
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.dropColumn('refresh_tokens', 'key_id');
    await queryRunner.dropTable('known_keys');
  }
}
