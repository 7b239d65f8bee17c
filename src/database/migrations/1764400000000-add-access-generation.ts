import { TableColumn, type MigrationInterface, type QueryRunner } from 'typeorm';
import { portableColumns } from './columns.js';

/** What a session needs to tell its newest access token from an older one (contract §3). */
export class AddAccessGeneration1764400000000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    const { integer, milliseconds } = portableColumns(queryRunner);
    // Tokens of before carry no generation and count as none, so that every session may begin at 0.
    await queryRunner.addColumn(
      'refresh_tokens',
      new TableColumn({ ...integer('access_generation'), default: 0 }),
    );
    await queryRunner.addColumn(
      'refresh_tokens',
      new TableColumn({ ...milliseconds('stepped_at'), isNullable: true }),
    );
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.dropColumn('refresh_tokens', 'stepped_at');
    await queryRunner.dropColumn('refresh_tokens', 'access_generation');
  }
}
