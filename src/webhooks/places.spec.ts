import { describe, expect, it } from '@jest/globals';
import { Places, type Place } from './places.js';

/** Of an account of its own. */
const place = (webhookId: string, accountId = `account of ${webhookId}`): Place => ({
  webhookId,
  accountId,
});

/** How many of 100 requests begin. */
const begun = (places: Places, one: Place) =>
  Array.from({ length: 100 }, () => places.take(one)).filter(Boolean).length;

const numbered = (count: number, of: (index: number) => Place) =>
  Array.from({ length: count }, (_, index) => of(index));

/** Places that the requests to these webhooks have used, and of which each has failed. */
function afterFailures(failed: readonly Place[]): Places {
  const places = new Places();
  for (const one of failed) {
    places.take(one);
    places.giveBack(one, false);
  }
  return places;
}

describe('Places', () => {
  const one = place('a');

  it('gives a webhook four', () => {
    const places = new Places();
    expect(begun(places, one)).toBe(4);
    expect(places.busy).toEqual({ webhookIds: ['a'], accountIds: [] });
    places.giveBack(one, true);
    expect(places.busy).toEqual({ webhookIds: [], accountIds: [] });
    expect(begun(places, one)).toBe(1);
  });

  it('gives a webhook one whose receiver has failed, until it takes a request again', () => {
    const places = afterFailures([one]);
    expect(begun(places, one)).toBe(1);
    places.giveBack(one, undefined);
    expect(begun(places, one)).toBe(1);
    places.giveBack(one, true);
    expect(begun(places, one)).toBe(4);
  });

  it('keeps most of them free of receivers that have failed (S-219)', () => {
    const dead = numbered(100, (index) => place(`dead-${index}`));
    const places = afterFailures(dead);
    expect(dead.filter((each) => places.take(each))).toHaveLength(16);
    expect(places.busy.webhookIds).toHaveLength(100);
    expect(places.isFull).toBe(false);
    expect(begun(places, place('alive'))).toBe(4);
  });

  it('gives 64 in all', () => {
    const places = new Places();
    const ids = numbered(20, (index) => place(`${index}`));
    expect(ids.reduce((sum, each) => sum + begun(places, each), 0)).toBe(64);
    expect(places.isFull).toBe(true);
  });

  it('gives an account eight, however many webhooks it makes (S-219)', () => {
    const places = new Places();
    const own = numbered(10, (index) => place(`${index}`, 'greedy'));
    expect(own.reduce((sum, each) => sum + begun(places, each), 0)).toBe(8);
    expect(places.busy.accountIds).toEqual(['greedy']);
    expect(begun(places, place('alive'))).toBe(4);
  });

  it('gives an account two for receivers that have failed, so that other ones recover (S-219)', () => {
    const own = numbered(10, (index) => place(`${index}`, 'greedy'));
    const places = afterFailures([...own, one]);
    expect(own.filter((each) => places.take(each))).toHaveLength(2);
    expect(places.busy.webhookIds).toHaveLength(10);
    expect(begun(places, one)).toBe(1);
  });
});
