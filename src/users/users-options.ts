import type { RoomSettings } from '../common/settings/settings.js';

/** Rules for new passwords; the hasher has the cost. */
export type UsersOptions = Omit<RoomSettings['password'], 'bcryptCost'>;

export const USERS_OPTIONS = Symbol('gatehouse:users-options');
