import { Table, type MigrationInterface, type QueryRunner } from 'typeorm';
import { ID_LENGTH, portableColumns } from './columns.js';

export class CreateEventDeliveries1764600000000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    const { ascii, increment, integer, milliseconds } = portableColumns(queryRunner);
    await queryRunner.createTable(
      new Table({
        name: 'event_deliveries',
        columns: [
          increment('id'),
          ascii('event_id', ID_LENGTH),
          ascii('listener', 100),
          ascii('name', 64),
          ascii('subject', ID_LENGTH),
          ascii('payload', 2000),
          milliseconds('created_at'),
          integer('attempts'),
          milliseconds('available_at'),
          { ...ascii('claimed_by', ID_LENGTH), isNullable: true },
        ],
        indices: [
          { name: 'event_deliveries_available', columnNames: ['listener', 'available_at'] },
          {
            name: 'event_deliveries_subject',
            columnNames: ['listener', 'subject', 'available_at'],
          },
        ],
      }),
    );
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.dropTable('event_deliveries');
  }
}
