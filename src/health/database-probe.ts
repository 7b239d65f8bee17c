import { Injectable } from '@nestjs/common';
import { Database } from '../database/database.js';
import { Probe } from './probe.js';

/** Asks the database. */
@Injectable()
export class DatabaseProbe extends Probe {
  constructor(database: Database) {
    super(() => database.read((manager) => manager.query('SELECT 1')));
  }
}
