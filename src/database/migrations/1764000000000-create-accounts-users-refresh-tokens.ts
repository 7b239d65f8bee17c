import { Table, type MigrationInterface, type QueryRunner } from 'typeorm';
import { portableColumns } from './columns.js';

export class CreateAccountsUsersRefreshTokens1764000000000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    const { ascii, text, milliseconds, boolean, integer } = portableColumns(queryRunner);
    const common = [
      { ...ascii('id', 36), isPrimary: true },
      milliseconds('created_at'),
      milliseconds('modified_at'),
    ];

    await queryRunner.createTable(
      new Table({
        name: 'accounts',
        columns: [
          ...common,
          text('name', 100),
          ascii('country', 3),
          { ...ascii('plan_id', 36), isNullable: true },
          boolean('is_active'),
          boolean('is_verified'),
        ],
      }),
    );

    await queryRunner.createTable(
      new Table({
        name: 'users',
        columns: [
          ...common,
          ascii('account_id', 36),
          text('email_address', 254),
          text('canonical_email', 254),
          text('first_name', 100),
          text('surname', 100),
          { ...ascii('password_hash', 200), isNullable: true },
          text('role', 100),
          boolean('is_active'),
          boolean('is_verified'),
          { ...milliseconds('last_sign_in_at'), isNullable: true },
        ],
        indices: [
          { name: 'users_canonical_email', columnNames: ['canonical_email'], isUnique: true },
          { name: 'users_account_id', columnNames: ['account_id'] },
        ],
        foreignKeys: [
          {
            name: 'users_account_id_fk',
            columnNames: ['account_id'],
            referencedTableName: 'accounts',
            referencedColumnNames: ['id'],
            onDelete: 'CASCADE',
            onUpdate: 'NO ACTION',
          },
        ],
      }),
    );

    await queryRunner.createTable(
      new Table({
        name: 'refresh_tokens',
        columns: [
          ...common,
          ascii('account_id', 36),
          { ...ascii('user_id', 36), isNullable: true },
          ascii('salt', 43),
          integer('generation'),
          { ...text('scope', 1000), isNullable: true },
          milliseconds('expires_at'),
          { ...milliseconds('rotated_at'), isNullable: true },
          { ...milliseconds('revoked_at'), isNullable: true },
          milliseconds('last_accessed_at'),
          ascii('ip_address', 45),
          { ...text('user_agent', 255), isNullable: true },
        ],
        indices: [
          { name: 'refresh_tokens_user_id', columnNames: ['user_id', 'revoked_at'] },
          { name: 'refresh_tokens_account_id', columnNames: ['account_id'] },
        ],
        foreignKeys: [
          {
            name: 'refresh_tokens_account_id_fk',
            columnNames: ['account_id'],
            referencedTableName: 'accounts',
            referencedColumnNames: ['id'],
            onDelete: 'CASCADE',
            onUpdate: 'NO ACTION',
          },
          {
            name: 'refresh_tokens_user_id_fk',
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
    await queryRunner.dropTable('refresh_tokens');
    await queryRunner.dropTable('users');
    await queryRunner.dropTable('accounts');
  }
}
