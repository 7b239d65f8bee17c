import { describe, expect, it } from '@jest/globals';
import { isDeepStrictEqual } from 'node:util';
import type { Setting } from '../../common/settings/setting.js';
import { SETTING_GROUPS } from '../../common/settings/settings.js';
import type { GatehouseOptions } from '../../gatehouse-options.js';
import { ENV_GROUPS } from './env-settings.js';

type Group =
  | 'accessToken'
  | 'audit'
  | 'mail'
  | 'session'
  | 'password'
  | 'apiKey'
  | 'links'
  | 'signUp'
  | 'throttling'
  | 'transport'
  | 'webhooks';
type PathOf<G extends Group> = `${G}.${string & keyof NonNullable<GatehouseOptions[G]>}`;
type OptionName = Exclude<keyof GatehouseOptions, Group> | { [G in Group]: PathOf<G> }[Group];
type RowName = {
  [G in keyof typeof SETTING_GROUPS]: keyof (typeof SETTING_GROUPS)[G];
}[keyof typeof SETTING_GROUPS];

/** Compiles only while every option has a row, and every row an option. */
const isComplete: [OptionName, RowName] extends [RowName, OptionName] ? true : false = true;

const entriesOf = (groups: object) =>
  Object.values(groups).flatMap((rows: object) => Object.entries<Setting>(rows as never));
const options = entriesOf(SETTING_GROUPS);
const variables = entriesOf(ENV_GROUPS);

describe('the tables of settings', () => {
  it('have a row for each option and each variable, once', () => {
    expect(isComplete).toBe(true);
    for (const table of [options, variables]) {
      const names = table.map(([name]) => name);
      expect(names).toEqual([...new Set(names)]);
    }
  });

  it('give the service each variable that sets an option', () => {
    const setting = options.flatMap(([, { variable }]) => variable ?? []);
    expect(setting).toEqual([...new Set(setting)]);
    expect(variables.map(([name]) => name)).toEqual(expect.arrayContaining(setting));
  });

  it('hold no default that its own row refuses', () => {
    const refused = [...options, ...variables].filter(
      ([, { type, default: value }]) =>
        value !== undefined && !isDeepStrictEqual(type?.check(value), value),
    );
    expect(refused).toEqual([]);
  });

  it('have an example or a default for each variable, which a refusal shows (S-155)', () => {
    const without = variables.filter(([, row]) => row.example === undefined && !row.default);
    expect(without.map(([name]) => name)).toEqual([]);
  });

  it('name an option that there is where a variable corresponds to one', () => {
    const corresponding = variables.flatMap(([, { option }]) => option ?? []);
    expect(corresponding).not.toEqual([]);
    expect(options.map(([name]) => name)).toEqual(expect.arrayContaining(corresponding));
  });
});
