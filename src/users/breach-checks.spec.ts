import { describe, expect, it } from '@jest/globals';
import { DEFAULT_OPTIONS } from '../../test/support/default-options.js';
import { outputOfAsync, TEXT } from '../../test/support/log-output.js';
import { codeOf } from '../../test/support/unit.js';
import { BreachChecks } from './breach-checks.js';

const PASSWORD = 'four brown bears by a blue lake';

function checksOf(isBreached: unknown): BreachChecks {
  return new BreachChecks({ ...DEFAULT_OPTIONS.users, isBreached } as typeof DEFAULT_OPTIONS.users);
}

describe('a check of breached passwords', () => {
  it('refuses what it knows, with the field (S-09)', async () => {
    const checks = checksOf((password: string) => Promise.resolve(password === PASSWORD));
    const refused = checks.assertNotBreached(PASSWORD, 'new_password');
    await expect(refused).rejects.toMatchObject({ errors: [{ field: 'new_password' }] });
    expect(await codeOf(() => checks.assertNotBreached('another one', 'password'))).toBeUndefined();
  });

  it.each([
    [
      'throws',
      () => {
        throw new Error(`no answer about ${PASSWORD}`);
      },
    ],
    ['rejects', () => Promise.reject(new Error(PASSWORD))],
    ['gives no boolean', () => Promise.resolve('yes')],
    ['gives nothing in 3 s', () => new Promise(() => undefined)],
  ])(
    'that %s refuses nothing, and one line says so without the password (S-15)',
    async (_, isBreached) => {
      const checks = checksOf(isBreached);
      const output = await outputOfAsync(TEXT, async () => {
        for (let count = 0; count < 2; count++)
          await checks.assertNotBreached(PASSWORD, 'password');
      });
      expect(output.match(/accepted without a check/g)).toHaveLength(1);
      expect(output).not.toContain(PASSWORD);
    },
    20_000,
  );

  it('says when it works again, and then when it fails again', async () => {
    let isAway = true;
    const checks = checksOf(() =>
      isAway ? Promise.reject(new Error('away')) : Promise.resolve(false),
    );
    const output = await outputOfAsync(TEXT, async () => {
      for (const next of [false, false, true, true]) {
        await checks.assertNotBreached(PASSWORD, 'password');
        isAway = next;
      }
      await checks.assertNotBreached(PASSWORD, 'password');
    });
    expect(output.match(/accepted without|checked again/g)).toEqual([
      'accepted without',
      'checked again',
      'accepted without',
    ]);
  });
});
