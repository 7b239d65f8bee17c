import { Table, type MigrationInterface, type QueryRunner } from 'typeorm';
import { portableColumns } from './columns.js';

/** Adds the networks from which each user has signed in, whose passwords no stranger can lock (S-26). */
export class RecordSignInNetworks1764500000000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    const { ascii, milliseconds } = portableColumns(queryRunner);
    await queryRunner.createTable(
      new Table({
        name: 'sign_in_networks',
        columns: [
          { ...ascii('digest', 64), isPrimary: true },
          ascii('user_id', 36),
          milliseconds('last_signed_in_at'),
        ],
        indices: [
          { name: 'sign_in_networks_user_id', columnNames: ['user_id'] },
          { name: 'sign_in_networks_last_signed_in_at', columnNames: ['last_signed_in_at'] },
        ],
        foreignKeys: [
          {
            name: 'sign_in_networks_user_id_fk',
            columnNames: ['user_id'],
            referencedTableName: 'users',
            referencedColumnNames: ['id'],
            onDelete: 'CASCADE',
            onUpdate: 'NO ACTION',
          },
        ],
      }),
    );
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.dropTable('sign_in_networks');
  }
}
