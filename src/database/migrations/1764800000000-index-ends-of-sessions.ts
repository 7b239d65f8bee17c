import { TableIndex, type MigrationInterface, type QueryRunner } from 'typeorm';

/** Finds sessions that have ended long ago, to delete them (S-168). */
export class IndexEndsOfSessions1764800000000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.createIndex(
      'refresh_tokens',
      new TableIndex({ name: 'refresh_tokens_expires_at', columnNames: ['expires_at'] }),
    );
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.dropIndex('refresh_tokens', 'refresh_tokens_expires_at');
  }
}
