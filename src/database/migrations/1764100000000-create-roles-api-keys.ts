import {
  Table,
  TableColumn,
  TableForeignKey,
  TableIndex,
  type MigrationInterface,
  type QueryRunner,
} from 'typeorm';
import { portableColumns } from './columns.js';

export class CreateRolesApiKeys1764100000000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    const { ascii, text, milliseconds } = portableColumns(queryRunner);
    const common = [
      { ...ascii('id', 36), isPrimary: true },
      milliseconds('created_at'),
      milliseconds('modified_at'),
    ];

    await queryRunner.createTable(
      new Table({
        name: 'roles',
        columns: [
          ...common,
          ascii('account_id', 36),
          ascii('name', 64),
          { ...text('description', 255), isNullable: true },
          ascii('scopes', 4000),
        ],
        indices: [
          {
            name: 'roles_account_id_name',
            columnNames: ['account_id', 'name'],
            isUnique: true,
          },
        ],
        foreignKeys: [cascade('roles', 'account_id', 'accounts')],
      }),
    );

    await queryRunner.createTable(
      new Table({
        name: 'api_keys',
        columns: [
          ...common,
          ascii('account_id', 36),
          ascii('created_by', 36),
          text('name', 100),
          ascii('key', 37),
          ascii('secret_digest', 64),
          { ...ascii('previous_secret_digest', 64), isNullable: true },
          { ...milliseconds('previous_valid_until'), isNullable: true },
          ascii('role', 64),
          { ...ascii('allowed_ips', 1000), isNullable: true },
          { ...milliseconds('expires_at'), isNullable: true },
          { ...milliseconds('revoked_at'), isNullable: true },
          { ...milliseconds('last_accessed_at'), isNullable: true },
        ],
        indices: [
          { name: 'api_keys_key', columnNames: ['key'], isUnique: true },
          {
            name: 'api_keys_account_id_created_at',
            columnNames: ['account_id', 'created_at', 'id'],
          },
        ],
        foreignKeys: [cascade('api_keys', 'account_id', 'accounts')],
      }),
    );

    await queryRunner.createTable(
      new Table({
        name: 'api_key_issues',
        columns: [
          ...common,
          ascii('account_id', 36),
          ascii('api_key_id', 36),
          ascii('caller_digest', 64),
          ascii('request_digest', 64),
          ascii('salt', 43),
        ],
        indices: [
          {
            name: 'api_key_issues_caller_digest',
            columnNames: ['caller_digest'],
            isUnique: true,
          },
          { name: 'api_key_issues_account_id', columnNames: ['account_id'] },
          { name: 'api_key_issues_api_key_id', columnNames: ['api_key_id'] },
        ],
        foreignKeys: [
          cascade('api_key_issues', 'account_id', 'accounts'),
          cascade('api_key_issues', 'api_key_id', 'api_keys'),
        ],
      }),
    );

    await queryRunner.addColumn(
      'refresh_tokens',
      new TableColumn({ ...ascii('api_key_id', 36), isNullable: true }),
    );
    await queryRunner.changeColumn(
      'refresh_tokens',
      'salt',
      new TableColumn({ ...ascii('salt', 43), isNullable: true }),
    );
    await queryRunner.createIndex(
      'refresh_tokens',
      new TableIndex({
        name: 'refresh_tokens_api_key_id',
        columnNames: ['api_key_id', 'revoked_at'],
      }),
    );
    await queryRunner.createForeignKey(
      'refresh_tokens',
      new TableForeignKey(cascade('refresh_tokens', 'api_key_id', 'api_keys')),
    );

    // The foreign key needs an index on the column at every moment.
    await queryRunner.createIndex(
      'users',
      new TableIndex({
        name: 'users_account_id_created_at',
        columnNames: ['account_id', 'created_at', 'id'],
      }),
    );
    await queryRunner.dropIndex('users', 'users_account_id');
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    const { ascii } = portableColumns(queryRunner);
    await queryRunner.createIndex(
      'users',
      new TableIndex({ name: 'users_account_id', columnNames: ['account_id'] }),
    );
    await queryRunner.dropIndex('users', 'users_account_id_created_at');

    // The earlier table cannot hold sessions of API keys.
    await queryRunner.query('DELETE FROM refresh_tokens WHERE user_id IS NULL');
    await queryRunner.dropForeignKey('refresh_tokens', 'refresh_tokens_api_key_id_fk');
    await queryRunner.dropIndex('refresh_tokens', 'refresh_tokens_api_key_id');
    await queryRunner.changeColumn('refresh_tokens', 'salt', new TableColumn(ascii('salt', 43)));
    await queryRunner.dropColumn('refresh_tokens', 'api_key_id');
    await queryRunner.dropTable('api_key_issues');
    await queryRunner.dropTable('api_keys');
    await queryRunner.dropTable('roles');
  }
}

function cascade(table: string, column: string, referenced: string) {
  return {
    name: `${table}_${column}_fk`,
    columnNames: [column],
    referencedTableName: referenced,
    referencedColumnNames: ['id'],
    onDelete: 'CASCADE',
    onUpdate: 'NO ACTION',
  };
}
