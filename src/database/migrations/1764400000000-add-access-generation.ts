import { TableColumn, type MigrationInterface, type QueryRunner } from 'typeorm';
import { portableColumns } from './columns.js';

/** Adds the columns by which a session distinguishes its newest access token from an older one (contract §3). */
export class AddAccessGeneration1764400000000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    const { integer, milliseconds } = portableColumns(queryRunner);
    // Earlier tokens carry no generation, so that every session can begin at 0.
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
