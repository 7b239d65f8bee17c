import { Table, type MigrationInterface, type QueryRunner } from 'typeorm';
import { ID_LENGTH, portableColumns } from './columns.js';

/** Adds the links of invitations, resets, verifications and changes of address (S-107). */
export class CreateOneTimeLinks1764900000000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    const { ascii, milliseconds, text } = portableColumns(queryRunner);
    await queryRunner.createTable(
      new Table({
        name: 'one_time_links',
        columns: [
          { ...ascii('id', ID_LENGTH), isPrimary: true },
          milliseconds('created_at'),
          milliseconds('modified_at'),
          ascii('purpose', 16),
          ascii('account_id', ID_LENGTH),
          ascii('user_id', ID_LENGTH),
          text('address', 254),
          text('role', 100),
          ascii('digest', 64),
          ascii('created_by', ID_LENGTH),
          ascii('created_by_type', 16),
          milliseconds('expires_at'),
        ],
        indices: [
          { name: 'one_time_links_user_id', columnNames: ['user_id', 'purpose'] },
          { name: 'one_time_links_expires_at', columnNames: ['expires_at'] },
        ],
        foreignKeys: [
          {
            name: 'one_time_links_user_id_fk',
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
    await queryRunner.dropTable('one_time_links');
  }
}
