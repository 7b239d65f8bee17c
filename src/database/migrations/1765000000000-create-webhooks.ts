import { Table, type MigrationInterface, type QueryRunner } from 'typeorm';
import { ID_LENGTH, portableColumns } from './columns.js';

/** Webhooks, and what is sent to them. Deliveries have no foreign keys (ADR 28). */
export class CreateWebhooks1765000000000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    const { ascii, boolean, increment, integer, milliseconds } = portableColumns(queryRunner);

    await queryRunner.createTable(
      new Table({
        name: 'webhooks',
        columns: [
          { ...ascii('id', ID_LENGTH), isPrimary: true },
          ascii('account_id', ID_LENGTH),
          ascii('created_by', ID_LENGTH),
          ascii('url', 1000),
          ascii('events', 2000),
          boolean('is_active'),
          ascii('secret', 128),
          { ...ascii('previous_secret', 128), isNullable: true },
          { ...milliseconds('previous_valid_until'), isNullable: true },
          milliseconds('created_at'),
          milliseconds('modified_at'),
        ],
        indices: [
          {
            name: 'webhooks_account_id_created_at',
            columnNames: ['account_id', 'created_at', 'id'],
          },
        ],
        foreignKeys: [
          {
            name: 'webhooks_account_id_fk',
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
        name: 'webhook_deliveries',
        columns: [
          increment('number'),
          ascii('id', ID_LENGTH),
          ascii('webhook_id', ID_LENGTH),
          ascii('account_id', ID_LENGTH),
          ascii('event_id', ID_LENGTH),
          ascii('name', 64),
          ascii('subject', ID_LENGTH),
          ascii('body', 2000),
          milliseconds('created_at'),
          milliseconds('queued_at'),
          ascii('state', 16),
          integer('attempts'),
          milliseconds('available_at'),
          { ...ascii('claimed_by', ID_LENGTH), isNullable: true },
          { ...milliseconds('last_attempt_at'), isNullable: true },
          { ...integer('response_status'), isNullable: true },
          { ...ascii('failure', 32), isNullable: true },
        ],
        indices: [
          { name: 'webhook_deliveries_id', columnNames: ['id'], isUnique: true },
          { name: 'webhook_deliveries_available', columnNames: ['state', 'available_at'] },
          {
            name: 'webhook_deliveries_subject',
            columnNames: ['webhook_id', 'subject', 'state'],
          },
          {
            name: 'webhook_deliveries_created_at',
            columnNames: ['webhook_id', 'created_at', 'id'],
          },
          {
            name: 'webhook_deliveries_event',
            columnNames: ['webhook_id', 'event_id'],
            isUnique: true,
          },
        ],
      }),
    );
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.dropTable('webhook_deliveries');
    await queryRunner.dropTable('webhooks');
  }
}
