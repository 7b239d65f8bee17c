import { Table, type MigrationInterface, type QueryRunner } from 'typeorm';
import { portableColumns } from './columns.js';

/** The audit trail. It has no foreign keys: rows outlive their account until the retention ends. */
export class CreateAudit1764700000000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    const { ascii, text, milliseconds, bigInteger } = portableColumns(queryRunner);

    await queryRunner.createTable(
      new Table({
        name: 'audit_records',
        columns: [
          { ...ascii('id', 36), isPrimary: true },
          milliseconds('created_at'),
          { ...ascii('account_id', 36), isNullable: true },
          ascii('event', 64),
          ascii('outcome', 16),
          ascii('actor_id', 36),
          ascii('actor_type', 16),
          { ...ascii('target_id', 36), isNullable: true },
          { ...ascii('user_id', 36), isNullable: true },
          { ...ascii('api_key_id', 36), isNullable: true },
          { ...ascii('session_id', 36), isNullable: true },
          { ...text('ip_address', 45), isNullable: true },
          { ...text('request_id', 64), isNullable: true },
          { ...text('reason', 1000), isNullable: true },
        ],
        indices: [
          { name: 'audit_records_created_at', columnNames: ['created_at'] },
          {
            name: 'audit_records_account_id_created_at',
            columnNames: ['account_id', 'created_at', 'id'],
          },
          {
            name: 'audit_records_account_id_event',
            columnNames: ['account_id', 'event', 'created_at', 'id'],
          },
          {
            name: 'audit_records_account_id_actor_id',
            columnNames: ['account_id', 'actor_id', 'created_at', 'id'],
          },
          {
            name: 'audit_records_account_id_target_id',
            columnNames: ['account_id', 'target_id', 'created_at', 'id'],
          },
        ],
      }),
    );

    await queryRunner.createTable(
      new Table({
        name: 'audit_counts',
        columns: [
          { ...milliseconds('minute'), isPrimary: true },
          { ...ascii('instance_id', 36), isPrimary: true },
          { ...ascii('counter_key', 64), isPrimary: true },
          ascii('event', 64),
          ascii('account_id', 36),
          { ...text('reason', 1000), isNullable: true },
          bigInteger('occurrences'),
        ],
      }),
    );

    await queryRunner.createTable(
      new Table({
        name: 'audit_pending',
        columns: [
          { ...ascii('audit_id', 36), isPrimary: true },
          ascii('account_id', 36),
          ascii('row_mac', 64),
        ],
      }),
    );

    await queryRunner.createTable(
      new Table({
        name: 'audit_seals',
        columns: [
          { ...ascii('account_id', 36), isPrimary: true },
          { ...bigInteger('sequence'), isPrimary: true },
          ascii('audit_id', 36),
          ascii('row_mac', 64),
          ascii('mac', 64),
        ],
        indices: [{ name: 'audit_seals_audit_id', columnNames: ['audit_id'], isUnique: true }],
      }),
    );

    await queryRunner.createTable(
      new Table({
        name: 'audit_chains',
        columns: [
          { ...ascii('account_id', 36), isPrimary: true },
          bigInteger('number'),
          bigInteger('newest_number'),
          bigInteger('head_sequence'),
          ascii('head_mac', 64),
          ascii('head_signature', 64),
          bigInteger('anchor_sequence'),
          ascii('anchor_mac', 64),
          ascii('anchor_signature', 64),
          milliseconds('modified_at'),
        ],
        indices: [{ name: 'audit_chains_number', columnNames: ['number'], isUnique: true }],
      }),
    );
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.dropTable('audit_chains');
    await queryRunner.dropTable('audit_seals');
    await queryRunner.dropTable('audit_pending');
    await queryRunner.dropTable('audit_counts');
    await queryRunner.dropTable('audit_records');
  }
}
