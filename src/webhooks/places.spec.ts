import { describe, expect, it } from '@jest/globals';
import { Places } from './places.js';

/** How many of 100 requests to the webhook begin. */
const begun = (places: Places, id: string) =>
  Array.from({ length: 100 }, () => places.take(id)).filter(Boolean).length;

describe('Places', () => {
  it('gives a webhook four', () => {
    const places = new Places();
    expect(begun(places, 'a')).toBe(4);
    expect(places.busy).toEqual(['a']);
    places.giveBack('a', true);
    expect(places.busy).toEqual([]);
    expect(begun(places, 'a')).toBe(1);
  });

  it('gives a webhook one whose receiver has failed, until it takes a request again', () => {
    const places = new Places();
    places.take('a');
    places.giveBack('a', false);
    expect(begun(places, 'a')).toBe(1);
    places.giveBack('a', undefined);
    expect(begun(places, 'a')).toBe(1);
    places.giveBack('a', true);
    expect(begun(places, 'a')).toBe(4);
  });

  it('keeps most of them free of receivers that have failed', () => {
    const places = new Places();
    const dead = Array.from({ length: 100 }, (_, index) => `dead-${index}`);
    for (const id of dead) {
      places.take(id);
      places.giveBack(id, false);
    }
    expect(dead.filter((id) => places.take(id))).toHaveLength(16);
    expect(places.busy).toHaveLength(100);
    expect(places.isFull).toBe(false);
    expect(begun(places, 'alive')).toBe(4);
  });

  it('gives 64 in all', () => {
    const places = new Places();
    const ids = Array.from({ length: 20 }, (_, index) => `${index}`);
    expect(ids.reduce((sum, id) => sum + begun(places, id), 0)).toBe(64);
    expect(places.isFull).toBe(true);
  });
});
